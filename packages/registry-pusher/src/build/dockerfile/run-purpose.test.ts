import { expect, test } from 'vitest';
import { purposesOfRun } from './run-purpose.ts';

function purposes(rest: string): string {
  return purposesOfRun(rest)
    .map(({ purpose }) => purpose)
    .join(', ');
}

test.each([
  ['npm ci --omit=dev', 'installs npm packages'],
  ['--mount=type=cache,target=/root/.npm npm ci', 'installs npm packages'],
  ['yarn', 'installs npm packages'],
  ['yarn --frozen-lockfile', 'installs npm packages'],
  ['corepack enable && pnpm install --frozen-lockfile', 'installs a tool for all projects, installs npm packages'],
  ['npm install -g pm2', 'installs a tool for all projects'],
  ['npm prune --production', 'installs npm packages'],
  ['npm run build', 'builds the app'],
  ['npx nx build shop', 'builds the app'],
  ['yarn build', 'builds the app'],
  ['npx prisma generate', 'generates the Prisma client'],
  [
    'apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
    'installs system packages, cleans up after an installation',
  ],
  ['apk add --no-cache tini', 'installs system packages'],
  ['set -ex; apk add git; apk del git', 'installs system packages, cleans up after an installation'],
  ['pip3 install -r requirements.txt', 'installs packages'],
  ['addgroup -S app && adduser -S app -G app', 'creates a user'],
  ['useradd --create-home app && chown -R app /app', "creates a user, changes files' owners"],
  ['mkdir -p /app/data && chown node:node /app/data', "creates a directory, changes files' owners"],
  ['chmod +x ./entrypoint.sh', "changes files' permissions"],
  ['rm -rf node_modules/.cache', 'cleans up after an installation'],
  ['rm -rf src test', 'deletes files'],
  ['ln -s /app/bin/app /usr/local/bin/app', 'creates a link'],
  ['cp .env.example .env', 'copies files'],
  ['echo "ok" > /app/ready', 'writes a file'],
  ['curl -fsSL https://example.com/tool -o /usr/local/bin/tool', 'downloads files'],
  ['tar -xzf tool.tgz', 'unpacks an archive'],
  ['update-ca-certificates', 'configures the system'],
  ['NODE_ENV=production npm run build', 'builds the app'],
  ['["npm", "ci"]', 'installs npm packages'],
  ['["/bin/sh", "-c", "npm ci && npm run build"]', 'installs npm packages, builds the app'],
  ['<<EOF\nnpm ci\nnpm run build\nEOF', 'installs npm packages, builds the app'],
  ['./configure', 'runs a command'],
  ['set -e', 'runs a command'],
  ['', 'runs a command'],
  ['["npm"', 'runs a command'],
])('RUN %s: %s', (rest, expected) => {
  expect(purposes(rest)).toBe(expected);
});

test('every purpose has a replacement that needs no RUN', () => {
  const { replacement } = purposesOfRun('chown node /app')[0]!;
  expect(replacement).toBe('write COPY --chown=node:node');
});
