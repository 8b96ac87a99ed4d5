import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnvironment, runTozo, runTozoInProcess } from '../src/testing/tozo.ts';
import { nxScript, usePlugin } from './image-deps/nx.ts';
import { type LocalRegistry, startLocalRegistry } from './image-deps/registry.ts';
import { createWorkspace, publishedPackages, readTree, type Workspace } from './image-deps/workspace.ts';

const run = promisify(execFile);
const token = 'npm_0123456789abcdef';
let registry: LocalRegistry;
let workspace: Workspace;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  registry = await startLocalRegistry(publishedPackages, token);
  workspace = await createWorkspace(registry);
  // npm's cache would respond in place of the registry.
  env = cleanEnvironment({
    npm_config_cache: join(workspace.root, '.cache'),
    npm_config_fetch_retries: '0',
    TOZO_SANDBOX_DIR: join(workspace.root, '.sandbox'),
  });
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags], { cwd: workspace.root, env });
});
afterAll(async () => {
  await (await connectSandbox({ dir: join(workspace.root, '.sandbox') }))?.stop();
  await workspace[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const imageDeps = (...args: string[]) => runTozoInProcess(['image-deps', ...args], { cwd: workspace.app, env });
const output = (): Promise<Record<string, string>> => readTree(join(workspace.app, 'out/image'));

it('writes third-party packages, libraries and own code apart, without devDependencies, links out and credentials', async () => {
  const { code, stdout, stderr } = await imageDeps();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('image-deps for linux x64 glibc, by npm');
  expect(stdout).toContain("note: native@1.0.0 has an install script, which didn't run (postinstall: node -e");
  expect(stdout).toContain('native-linux-x64@1.0.0 has its code for this platform');
  const tree = await output();
  expect(Object.keys(tree).filter((path) => tree[path] !== 'directory')).toEqual([
    'app/dist/server.js',
    'app/package.json',
    'libraries/node_modules/@acme/currency/index.js',
    'libraries/node_modules/@acme/currency/package.json',
    'libraries/node_modules/@acme/prices/dist/index.js',
    'libraries/node_modules/@acme/prices/package.json',
    'packages/node_modules/left/index.js',
    'packages/node_modules/left/package.json',
    'packages/node_modules/native-linux-x64/code.bin',
    'packages/node_modules/native-linux-x64/package.json',
    'packages/node_modules/native/index.js',
    'packages/node_modules/native/package.json',
    'packages/node_modules/right/index.js',
    'packages/node_modules/right/node_modules/left/index.js',
    'packages/node_modules/right/node_modules/left/package.json',
    'packages/node_modules/right/package.json',
    'packages/package-lock.json',
  ]);
  const lock = JSON.parse(tree['packages/package-lock.json']!.slice('644 '.length)) as { packages: object };
  expect(Object.keys(lock.packages)).toEqual([
    '',
    ...['left', 'native', 'native-linux-x64', 'right', 'right/node_modules/left'].map((name) => `node_modules/${name}`),
  ]);
  expect(Object.values(tree).filter((text) => text.includes(token))).toEqual([]);
});

it('the same lock file and files give the same bytes, and another C library another package', async () => {
  const before = await output();
  expect((await imageDeps()).code).toBe(0);
  expect(await output()).toEqual(before);
  const { stdout } = await imageDeps('--libc', 'musl', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    platform: { libc: 'musl' },
    skippedScripts: [{ prebuilt: 'native-linuxmusl-x64@1.0.0' }],
  });
});

it('the app goes live, a changed line sends at most 2 % of the image, and no change sends nothing', async () => {
  const deploy = async () => {
    const made = await imageDeps();
    expect(made.stderr).toBe('');
    const { lastLine, stderr } = await runTozo(['deploy', '--sandbox', '--report', 'report.json'], {
      cwd: workspace.app,
      env,
    });
    const report = JSON.parse(await readFile(join(workspace.app, 'report.json'), 'utf8')) as {
      outcome: string;
      sentBytes: number;
      url: string;
    };
    return { ...report, lastLine, stderr };
  };
  const first = await deploy();
  expect(first).toMatchObject({ outcome: 'deployed', stderr: '' });
  const url = /http:\S+/.exec(first.lastLine)?.[0] ?? '';
  expect(await (await fetch(url)).json()).toEqual({ greeting: 'hello', versions: ['2.0.0', '€1.0.0'] });
  await workspace.edit('apps/my shop/dist/server.js', 'hello', 'good day');
  const second = await deploy();
  expect(second.outcome).toBe('deployed');
  expect(await (await fetch(url)).json()).toMatchObject({ greeting: 'good day' });
  console.log(`first ${first.sentBytes} bytes, a line ${second.sentBytes} bytes`);
  expect(second.sentBytes / first.sentBytes).toBeLessThan(0.02);
  expect(await deploy()).toMatchObject({ outcome: 'unchanged', sentBytes: 0 });
});

it('runs before the deploy in an Nx workspace, and again only after a change that it depends on', async () => {
  await usePlugin(workspace);
  const { root, app } = workspace;
  const environment = { ...env, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' };
  const nx = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [nxScript, ...args], { cwd: root, env: environment })).stdout;
  expect(await nx('run', 'shop:image-deps')).not.toContain('[local cache]');
  const first = await output();

  await rm(join(app, 'out'), { recursive: true });
  await workspace.write('apps/other/notes.md', 'Nothing of the shop.');
  expect(await nx('run', 'shop:image-deps')).toMatch(/> nx run shop:image-deps +\[local cache\]/);
  expect(await output()).toEqual(first);

  await workspace.edit('apps/my shop/src/server.js', 'versions }', 'versions, day: 1 }');
  await workspace.edit('libs/prices/src/index.js', '.sign}', '.sign} ');
  expect(await nx('run', 'shop:deploy', '--sandbox')).toMatch(/LIVE v\d+/);
  const second = await output();
  expect(Object.keys(first).filter((path) => first[path] !== second[path])).toEqual([
    'app/dist/server.js',
    'libraries/node_modules/@acme/prices/dist/index.js',
    'libraries/node_modules/@acme/prices/src/index.js',
  ]);

  await workspace.write('.npmrc', `${await readFile(join(root, '.npmrc'), 'utf8')}# a comment\n`);
  expect(await nx('run', 'shop:image-deps')).not.toMatch(/> nx run shop:image-deps +\[local cache\]/);
}, 600_000);

it.each([
  ['a library without its build', 'libs/prices/dist/index.js', "@acme/prices isn't built"],
  ['an app without its build', 'apps/my shop/dist/server.js', 'no files: build the app first'],
])('rejects %s, and keeps the earlier output', async (_, file, message) => {
  const before = await output();
  const text = await readFile(join(workspace.root, file), 'utf8');
  await rm(join(workspace.root, file));
  const { code, stderr } = await imageDeps();
  await workspace.write(file, text);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  expect(await output()).toEqual(before);
});

it('rejects an output directory with other files', async () => {
  const { code, stderr } = await imageDeps('--out', '.');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('choose another directory') as string });
});

it("rejects an outdated lock file in the package manager's words", async () => {
  await workspace.edit('apps/my shop/package.json', '^2.0.0', '^1.0.0');
  const { code, stderr } = await imageDeps();
  await workspace.edit('apps/my shop/package.json', '"left":"^1.0.0"', '"left":"^2.0.0"');
  expect(code).toBe(2);
  expect(stderr).toContain('run npm install and commit the file');
  expect(stderr).toContain('from lock file');
  expect(stderr).not.toContain('Usage:');
});

it('a registry that refuses fails with its reason and what to do, without credentials', async () => {
  await using other = await startLocalRegistry(publishedPackages, 'npm_another_token');
  await rm(join(workspace.root, '.cache'), { recursive: true });
  const npmrc = await readFile(join(workspace.root, '.npmrc'), 'utf8');
  await workspace.write('.npmrc', npmrc.replaceAll(/127\.0\.0\.1:\d+\//g, new URL(other.url).host + '/'));
  const { code, stderr } = await imageDeps();
  await workspace.write('.npmrc', npmrc);
  expect(code).toBe(1);
  expect(stderr).toContain('log in to the registry');
  expect(stderr).toContain('E401');
  expect(stderr).not.toContain(token);
});
