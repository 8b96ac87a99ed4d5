import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPlatform } from '../platform.ts';
import { parseManifest } from '../project/manifest.ts';
import { findSkippedScripts } from './install-scripts.ts';
import { type InstalledTree, readTree, type ReadTreeRequest } from './installed.ts';
import { findMissingCode } from './missing-code.ts';
import { findUnappliedPatches } from './unapplied-patches.ts';

/** Reads a directory with these manifests by path; a string is a link. */
async function read(
  app: object,
  installed: Readonly<Record<string, object | string>>,
  more: Partial<ReadTreeRequest> = {},
): Promise<InstalledTree> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'image-deps-test-')));
  onTestFinished(() => rm(scratch, { recursive: true }));
  for (const [path, content] of Object.entries(installed)) {
    const place = join(scratch, path);
    await mkdir(typeof content === 'string' ? dirname(place) : place, { recursive: true });
    if (typeof content === 'string') await symlink(content, place);
    else await writeFile(join(place, 'package.json'), JSON.stringify(content));
  }
  const manifest = parseManifest(JSON.stringify(app), 'package.json');
  return readTree({ scratch, root: '/workspace', app: '', members: [], manifest, platform: defaultPlatform, ...more });
}

const found = ({ packages }: InstalledTree): string[] =>
  [...packages.values()].map(({ installedAt }) => installedAt).sort();

test('finds what the app reaches, and nothing else', async () => {
  const tree = await read(
    { dependencies: { a: '1' }, devDependencies: { dev: '1' } },
    {
      'node_modules/a': {
        name: 'a',
        version: '1.0.0',
        dependencies: { b: '1' },
        peerDependencies: { peer: '1', missing: '1' },
      },
      'node_modules/a/node_modules/b': { name: 'b', version: '2.0.0' },
      'node_modules/b': { name: 'b', version: '1.0.0' },
      'node_modules/peer': { name: 'peer', version: '1.0.0' },
      'node_modules/dev': { name: 'dev', version: '1.0.0' },
    },
  );
  expect(found(tree)).toEqual(['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/peer']);
});

test('an optional peer comes along only if something else needs it', async () => {
  const a = {
    name: 'a',
    version: '1.0.0',
    peerDependencies: { typescript: '5' },
    peerDependenciesMeta: { typescript: { optional: true } },
  };
  const installed = { 'node_modules/a': a, 'node_modules/typescript': { name: 'typescript', version: '5.9.3' } };
  expect(found(await read({ dependencies: { a: '1' } }, installed))).toEqual(['node_modules/a']);
  const both = await read({ dependencies: { a: '1', typescript: '5' } }, installed);
  expect([...[...both.packages.values()][0]!.edges.keys()]).toEqual(['typescript']);
});

test('a link to a member of the workspace is a library', async () => {
  const library = { name: '@acme/prices', version: '1.0.0' };
  const tree = await read(
    { dependencies: { '@acme/prices': 'workspace:*' } },
    { 'node_modules/@acme/prices': '../../libs/prices', 'libs/prices': library },
  );
  expect([...tree.packages.values()]).toMatchObject([{ kind: 'library', directory: '/workspace/libs/prices' }]);
});

test.each([
  ["isn't installed", { dependencies: { a: '1' } }, {}, 'DEPENDENCY_MISSING'],
  [
    'runs elsewhere',
    { dependencies: { a: '1' } },
    { 'node_modules/a': { name: 'a', version: '1.0.0', os: ['darwin'] } },
    'PLATFORM_MISMATCH',
  ],
])('a dependency that %s is rejected', async (_, app, installed, code) => {
  await expect(read(app, installed)).rejects.toMatchObject({ code });
});

test('an optional dependency that runs elsewhere is left out', async () => {
  const tree = await read(
    { optionalDependencies: { fsevents: '2' } },
    { 'node_modules/fsevents': { name: 'fsevents', version: '2.0.0', os: ['darwin'] } },
  );
  expect(found(tree)).toEqual([]);
});

test('names that lead out of node_modules are ignored', async () => {
  const hostile = {
    name: 'a',
    version: '1.0.0',
    optionalDependencies: { '../../secrets': '1', '..': '1', 'x/../../secrets': '1' },
  };
  const tree = await read(
    { dependencies: { a: '1' } },
    { 'node_modules/a': hostile, secrets: { name: 'secrets', version: '1.0.0' } },
  );
  expect(found(tree)).toEqual(['node_modules/a']);
});

test('a lock file knows what settings of the package manager add and remove', async () => {
  const installed = {
    'node_modules/a': { name: 'a', version: '1.0.0', dependencies: { removed: '1' } },
    'node_modules/added': { name: 'added', version: '1.0.0' },
  };
  const locked = new Map([['a@1.0.0', { required: ['added'], optional: [] }]]);
  expect(found(await read({ dependencies: { a: '1' } }, installed, { locked }))).toEqual([
    'node_modules/a',
    'node_modules/added',
  ]);
});

test('reports install scripts, missing code and patches', async () => {
  const tree = await read(
    { dependencies: { bcrypt: '1', esbuild: '1', sharp: '1' } },
    {
      'node_modules/bcrypt': { name: 'bcrypt', version: '1.0.0', scripts: { install: 'node-gyp rebuild' } },
      'node_modules/esbuild': {
        name: 'esbuild',
        version: '1.0.0',
        scripts: { postinstall: 'node install.js' },
        optionalDependencies: { '@esbuild/linux-x64': '1' },
      },
      'node_modules/@esbuild/linux-x64': { name: '@esbuild/linux-x64', version: '1.0.0', os: ['linux'], cpu: ['x64'] },
      'node_modules/sharp': {
        name: 'sharp',
        version: '1.0.0',
        optionalDependencies: {
          '@img/sharp-linux-x64': '1',
          '@img/sharp-linuxmusl-x64': '1',
          '@img/sharp-darwin-arm64': '1',
        },
      },
    },
  );
  expect(findSkippedScripts(tree)).toEqual([
    { name: 'bcrypt', version: '1.0.0', script: 'install: node-gyp rebuild', prebuilt: undefined },
    { name: 'esbuild', version: '1.0.0', script: 'postinstall: node install.js', prebuilt: '@esbuild/linux-x64@1.0.0' },
  ]);
  expect(findMissingCode(tree, defaultPlatform)).toEqual([
    { name: 'sharp', version: '1.0.0', candidates: ['@img/sharp-linux-x64'] },
  ]);
  const directory = await mkdtemp(join(tmpdir(), 'image-deps-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'patches'));
  for (const file of ['bcrypt+1.0.0.patch', 'left-pad+1.3.0.patch'])
    await writeFile(join(directory, 'patches', file), '');
  const patching = parseManifest('{"scripts": {"postinstall": "patch-package"}}', 'package.json');
  expect(await findUnappliedPatches(directory, patching, tree)).toEqual(['patches/bcrypt+1.0.0.patch']);
  expect(await findUnappliedPatches(directory, parseManifest('{}', 'package.json'), tree)).toEqual([]);
});
