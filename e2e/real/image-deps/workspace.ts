import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LocalRegistry, PublishedPackage } from './registry.ts';

const exportVersion = 'module.exports = require("./package.json").version;\n';

/** Bytes that don't compress, the same in every run. */
const machineCode = Buffer.concat(
  Array.from({ length: 8000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
);

const nativeFor = (suffix: string, limits: object): PublishedPackage => ({
  manifest: { name: `native-${suffix}`, version: '1.0.0', ...limits },
  files: { 'code.bin': machineCode },
});

export const publishedPackages: readonly PublishedPackage[] = [
  { manifest: { name: 'left', version: '1.0.0' }, files: { 'index.js': exportVersion } },
  { manifest: { name: 'left', version: '2.0.0' }, files: { 'index.js': exportVersion } },
  {
    manifest: { name: 'right', version: '1.0.0', dependencies: { left: '^1.0.0' } },
    files: { 'index.js': 'module.exports = require("left");\n' },
  },
  {
    manifest: {
      name: 'native',
      version: '1.0.0',
      scripts: { postinstall: "node -e \"require('fs').writeFileSync('ran', '')\"" },
      hasInstallScript: true,
      optionalDependencies: {
        'native-linux-x64': '1.0.0',
        'native-linuxmusl-x64': '1.0.0',
        'native-darwin-arm64': '1.0.0',
      },
    },
    files: { 'index.js': exportVersion },
  },
  nativeFor('linux-x64', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }),
  nativeFor('linuxmusl-x64', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }),
  nativeFor('darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }),
  { manifest: { name: 'dev-only', version: '1.0.0' }, files: { 'index.js': exportVersion } },
];

const files: Readonly<Record<string, string>> = {
  '../tool/package.json': JSON.stringify({ name: 'tool', version: '1.0.0' }),
  'package.json': JSON.stringify({ name: 'acme', private: true, workspaces: ['apps/*', 'libs/*'] }),
  'apps/my shop/package.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    dependencies: { '@acme/prices': '*', left: '^2.0.0', native: '^1.0.0' },
    devDependencies: { 'dev-only': '^1.0.0', tool: 'file:../../../tool' },
  }),
  'apps/my shop/dist/server.js': `const versions = [require('left'), require('@acme/prices')];
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
require('node:http').createServer((request, response) => {
  response.writeHead(200, headers).end(JSON.stringify({ greeting: 'hello', versions }));
}).listen(process.env.PORT);
`,
  'apps/my shop/Dockerfile': `FROM node:24-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY out/image/packages ./
COPY out/image/libraries ./
COPY out/image/app ./
CMD ["node", "dist/server.js"]
`,
  'apps/my shop/deploy.json': JSON.stringify({
    processes: {
      web: { health: { path: '/', versionHeader: 'x-source-digest', holdSeconds: 0.2, timeoutSeconds: 60 } },
    },
  }),
  // Another app has what is a devDependency here among its dependencies, and holds the root's version of left.
  'apps/other/package.json': JSON.stringify({
    name: 'other',
    version: '1.0.0',
    dependencies: { 'dev-only': '1.0.0', left: '1.0.0' },
  }),
  'libs/prices/package.json': JSON.stringify({
    name: '@acme/prices',
    version: '1.0.0',
    main: 'dist/index.js',
    dependencies: { '@acme/currency': '*', right: '^1.0.0' },
  }),
  'libs/prices/dist/index.js': 'module.exports = `${require("@acme/currency").sign}${require("right")}`;\n',
  'libs/currency/package.json': JSON.stringify({
    name: '@acme/currency',
    version: '1.0.0',
    dependencies: { '@acme/prices': '*' },
  }),
  'libs/currency/index.js': 'exports.sign = "€";\n',
};

/** A workspace with an app, which needs two libraries that need each other, and for its development a tool outside. */
export interface Workspace extends AsyncDisposable {
  readonly root: string;
  /** The app's directory, with a blank in its path. */
  readonly app: string;
  write(file: string, text: string): Promise<void>;
  edit(file: string, from: string, to: string): Promise<void>;
}

export async function createWorkspace({ url, token }: LocalRegistry): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-image-deps-'));
  const root = join(directory, 'acme');
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) await write(file, text);
  await write('.npmrc', `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\n`);
  return {
    root,
    app: join(root, 'apps/my shop'),
    write,
    async edit(file, from, to) {
      const before = await readFile(join(root, file), 'utf8');
      if (!before.includes(from)) throw new Error(`${file} doesn't contain ${from}`);
      await write(file, before.replace(from, to));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** Returns every file of a directory with its mode and content, every link with its target. */
export async function readTree(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const described = entries.map(async (entry): Promise<readonly [string, string]> => {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(directory.length + 1);
    if (entry.isDirectory()) return [path, 'directory'];
    if (entry.isSymbolicLink()) return [path, `link to ${await readlink(file)}`];
    return [path, `${((await stat(file)).mode & 0o777).toString(8)} ${(await readFile(file)).toString('latin1')}`];
  });
  return Object.fromEntries((await Promise.all(described)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
