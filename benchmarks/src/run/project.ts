import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageServer } from './packages.ts';

/** The Dockerfile as tutorials have it. */
export const tutorial = (base: string): string => `FROM ${base}
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "main.js"]
`;

/** The same app with its dependencies in the build context. */
const withoutRun = (base: string): string => `FROM ${base}
WORKDIR /app
COPY node_modules ./node_modules
COPY package.json main.js ./
CMD ["node", "main.js"]
`;

/** Builds in a stage that the image only copies from. */
export const stages = (base: string): string => `FROM ${base} AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run build
FROM ${base}
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
CMD ["node", "dist/main.js"]
`;

/** A build like a bundler's: reads all dependencies, and writes what the server needs. */
const build = `const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { gzipSync } = require('node:zlib');
const files = readdirSync('node_modules', { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
const all = Buffer.concat(files.map((file) => readFileSync(file.parentPath + '/' + file.name)));
mkdirSync('dist', { recursive: true });
writeFileSync('dist/vendor.js.gz', gzipSync(all.subarray(0, 8e6)));
writeFileSync('dist/main.js', readFileSync('main.js'));
`;

/** Writes a checkout with dependencies, which its Dockerfile copies. */
export async function writeWithoutRun(app: string, directory: string, base: string): Promise<string> {
  await cp(join(app, 'node_modules'), join(directory, 'node_modules'), { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'shop', version: '1.0.0' }));
  await writeMain(directory, 'first');
  await writeFile(join(directory, 'Dockerfile'), withoutRun(base));
  return directory;
}

/** Writes the line that changes. */
export async function writeMain(directory: string, version: string): Promise<void> {
  await writeFile(join(directory, 'main.js'), `console.log('version ${version}');\n`);
}

/**
 * Writes a checkout without dependencies: RUN installs them. It has no pictures: `COPY . .` makes one layer of everything, so every
 * builder would send them again with the changed line.
 */
export async function writeCheckout(
  directory: string,
  {
    dockerfile,
    version,
    packages,
    withoutLast = false,
  }: {
    readonly dockerfile: string;
    readonly version: string;
    readonly packages: PackageServer;
    /** Whether the lock file lacks the last package: other dependencies. */
    readonly withoutLast?: boolean;
  },
): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const names = withoutLast ? packages.names.slice(0, -1) : packages.names;
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
  const root = { name: 'shop', version: '1.0.0', scripts: { build: 'node build.js' }, dependencies };
  const locked = Object.fromEntries(
    names.map((name) => [`node_modules/${name}`, packages.locked[`node_modules/${name}`]]),
  );
  const lock = {
    name: 'shop',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...locked },
  };
  await writeFile(join(directory, 'package.json'), JSON.stringify(root));
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(lock));
  await writeFile(join(directory, 'build.js'), build);
  await writeMain(directory, version);
  await writeFile(join(directory, 'Dockerfile'), dockerfile);
  await writeFile(join(directory, '.dockerignore'), 'node_modules\ndist\n');
  return directory;
}
