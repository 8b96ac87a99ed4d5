import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { createShop } from '../testing/shop.ts';
import { cleanEnvironment, runTozoInProcess } from '../testing/tozo.ts';

/*
 * Records the deploys that docs/reference/screens.md shows, on a sandbox:
 *
 *   node --conditions=@tozo/source --import=tsx src/screens/record.ts
 *
 * Then, in packages/cli: npx vitest run src/render/screens.test.ts -u
 */

const [staging, production] = ['shop-staging', 'shop-live'];
const folder = new URL('../../../packages/cli/src/testing/recorded/', import.meta.url);

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY assets ./assets
COPY package.json ./
COPY --chown=node:node server.js migrate.js ./
USER node
CMD ["node", "server.js"]
`;

const migrations = ['create table orders', 'add column paid'];
const migrate = `console.log('migration 1: ${migrations[0]}');\nconsole.log('migration 2: ${migrations[1]}');\n`;

const config = {
  processes: {
    web: { health: { path: '/health', versionHeader: 'x-source-digest', holdSeconds: 1, timeoutSeconds: 60 } },
    release: { command: ['node', 'migrate.js'] },
  },
  configVars: { LOG_LEVEL: 'info' },
};

await using shop = await createShop('shop');
let sandbox: Sandbox;

async function recordDeploys(): Promise<void> {
  await shop.write('Dockerfile', dockerfile);
  await shop.write('migrate.js', migrate);
  await shop.write('deploy.json', JSON.stringify({ ...config, environments: { production: { app: production } } }));
  await sandbox.createApp(production);
  await run('deploy');
  await record('no-change', 'deploy');
  await shop.edit('server.js', (text) => text.replace("'hello'", "'good morning'"));
  await record('plan', 'plan');
  await record('success', 'deploy');
  const crash = `console.error("Error: Cannot find module './catalog.js'");\nprocess.exit(1);\n`;
  await shop.edit('server.js', (text) => `${crash}${text}`);
  await record('rolled-back', 'deploy');
  await shop.edit('server.js', (text) => text.replace(crash, ''));
  await shop.write('migrate.js', `console.error('relation "orders" already exists');\nprocess.exit(1);\n`);
  await record('release-failed', 'deploy');
  await shop.write('migrate.js', `console.log('migration 3: done');\n`);
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
    effect: { kind: 'other-release', status: 'succeeded', when: 'before' },
  });
  await record('superseded', 'deploy');
}

async function recordPromotion(): Promise<void> {
  await shop.write('migrate.js', migrate);
  const environments = {
    staging: { app: staging },
    production: { app: production, after: { environment: 'staging', within: '24h' } },
  };
  await shop.write('deploy.json', JSON.stringify({ ...config, environments }));
  for (const app of [staging, production]) await sandbox.createApp(app);
  await run('deploy', 'staging');
  await record('promotion-plan', 'promote', '--dry-run');
  await record('promotion', 'promote');
  await shop.write('migrate.js', `console.log('migration 3: done');\n`);
  await record('promotion-refused', 'deploy');
}

type Command = 'deploy' | 'plan' | 'promote';

async function record(name: string, command: Command, ...options: string[]): Promise<void> {
  const text = await run(command, 'production', ...options);
  await writeFile(new URL(`${name}.ndjson`, folder), text);
}

/** Returns what the command prints as NDJSON, with the addresses and names of an app on Heroku. */
async function run(command: Command, environment = 'production', ...options: string[]): Promise<string> {
  const to = command === 'promote' ? ['staging', environment] : ['--environment', environment];
  const yes = command === 'plan' ? [] : ['--yes'];
  commit();
  const env = cleanEnvironment({
    HEROKU_API_KEY: sandbox.apiKey,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
    XDG_STATE_HOME: `${shop.directory}/../state-${new URL(sandbox.urls.heroku).port}`,
  });
  const args = [command, ...to, ...yes, ...options, '--format', 'ndjson'];
  const { stdout, stderr } = await runTozoInProcess(args, { cwd: shop.directory, env });
  process.stderr.write(`${args.join(' ')}: ${stdout.trimEnd().split('\n').at(-1)?.slice(0, 300)}\n${stderr}`);
  return asOnHeroku(stdout);
}

function commit(): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: shop.directory, stdio: 'ignore' });
  const author = ['-c', 'user.name=ana', '-c', 'user.email=ana@example.com'];
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  const hasChanges = execFileSync('git', ['status', '--porcelain'], { cwd: shop.directory }).length > 0;
  if (hasChanges) git(...author, 'commit', '--quiet', '--message', 'a version');
}

const hosts: Readonly<Record<string, string>> = {
  [staging]: 'shop-staging-8b1d44f0c9e2',
  [production]: 'shop-live-3f9c0b7d2a41',
};

function asOnHeroku(ndjson: string): string {
  return sandbox
    .apps()
    .reduce((text, { name, webUrl }) => text.replaceAll(webUrl, `https://${hosts[name]}.herokuapp.com/`), ndjson)
    .replaceAll(`Heroku at ${new URL(sandbox.urls.heroku).host}`, 'Heroku')
    .replaceAll('"standIn":true', '"standIn":false')
    .replaceAll(', stand-in base"', '"')
    .replaceAll('"standInBase":true', '"standInBase":false');
}

for (const story of [recordDeploys, recordPromotion]) {
  await using fresh = await startSandbox();
  sandbox = fresh;
  await story();
}
