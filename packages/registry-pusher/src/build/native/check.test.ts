import { expect, test } from 'vitest';
import { hashFiles } from '../layer/hash-files.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { elfFile } from '../../testing/elf.ts';
import { type Content, createDirectory } from '../../testing/directory.ts';
import type { Libc } from './elf.ts';
import { toCheckedFile } from '../direct/assert-code-runs.ts';
import { assertNativeCodeRuns } from './check.ts';
import { nativeCodeOf } from './native-code.ts';

const x64 = elfFile();
const arm64 = elfFile({ machine: 183 });
const glibc = elfFile({ needed: ['libc.so.6'] });
const musl = elfFile({ needed: ['libc.musl-x86_64.so.1'] });
const mac = Buffer.from('cffaedfe0c000001'.padEnd(128, '0'), 'hex');
const universal = Buffer.from('cafebabe00000002'.padEnd(128, '0'), 'hex');
const javaClass = Buffer.from('cafebabe00000041'.padEnd(128, '0'), 'hex');
const windows = Buffer.from(`4d5a${'90'.repeat(58)}80000000`, 'hex');

async function check(contents: Record<string, Content>, libcs: Libc[] = []): Promise<void> {
  await using directory = await createDirectory(contents);
  const files = Object.keys(contents).map((name) => ({
    type: 'file' as const,
    path: `/app/${name}`,
    absolute: directory.file(name),
    contextPath: name,
    uid: 0,
    gid: 0,
  }));
  await assertNativeCodeRuns((await hashFiles(files, { secrets: [] })).map(toCheckedFile), new Set(libcs));
}
const manifest = (value: object) => JSON.stringify(value);
const onlyMac = (name: string) => manifest({ name, os: ['darwin'], cpu: ['arm64'] });

test('recognizes machine code by its header', () => {
  expect(nativeCodeOf(x64)).toMatchObject({ format: 'ELF', runsOnTarget: true });
  expect(nativeCodeOf(arm64)).toMatchObject({ runsOnTarget: false, description: 'ELF for aarch64' });
  expect(nativeCodeOf(elfFile({ bits: 1 }))).toMatchObject({ runsOnTarget: false, description: 'ELF for x86-64' });
  expect(nativeCodeOf(elfFile({ machine: 3, bits: 1 }))).toMatchObject({
    runsOnTarget: false,
    description: 'ELF for x86',
  });
  expect(nativeCodeOf(mac)).toMatchObject({ format: 'Mach-O' });
  expect(nativeCodeOf(universal)).toMatchObject({ format: 'Mach-O' });
  expect(nativeCodeOf(windows)).toMatchObject({ format: 'PE' });
  for (const other of [javaClass, Buffer.from('#!/usr/bin/env node'), Buffer.alloc(0), Buffer.from('MZ is a text')])
    expect(nativeCodeOf(other)).toBeUndefined();
});

test.each([
  ['an addon built on a Mac', { 'node_modules/bcrypt/build/Release/bcrypt.node': mac }, 'Mach-O for macOS', 'bcrypt'],
  ['an addon built on Windows', { 'a/node_modules/@x/y/y.node': windows }, 'PE for Windows', '@x/y'],
  ['an addon for ARM', { 'node_modules/bcrypt/bcrypt.node': arm64 }, 'ELF for aarch64', 'bcrypt'],
  ['a library for ARM', { 'node_modules/vips/lib/libvips.so.42': arm64 }, 'libvips.so.42', 'vips'],
  ['an innermost package', { 'node_modules/a/node_modules/b/b.node': mac }, 'b.node', 'b'],
])('rejects %s with its package and the fix', async (_, files: Record<string, Content>, what, name) => {
  await expectCode(check(files), 'NATIVE_CODE_MISMATCH', what, `npm install --os=linux --cpu=x64 --libc=glibc ${name}`);
});

test('rejects native code of the app itself', async () => {
  await expectCode(check({ 'dist/addon.node': mac }), 'NATIVE_CODE_MISMATCH', 'dist/addon.node', 'Build it for Linux');
});

test('accepts code for linux/amd64', async () => {
  await expect(
    check({ 'node_modules/bcrypt/bcrypt.node': x64, 'node_modules/a/lib.so': x64 }),
  ).resolves.toBeUndefined();
});

test('accepts a package with code for several platforms including linux/amd64', async () => {
  const prebuilds = {
    'node_modules/leveldown/prebuilds/darwin-x64/node.napi.node': universal,
    'node_modules/leveldown/prebuilds/win32-x64/node.napi.node': windows,
    'node_modules/leveldown/prebuilds/linux-arm64/node.napi.node': arm64,
  };
  await expect(
    check({ ...prebuilds, 'node_modules/leveldown/prebuilds/linux-x64/node.napi.node': x64 }),
  ).resolves.toBeUndefined();
  await expectCode(check(prebuilds), 'NATIVE_CODE_MISMATCH', 'leveldown');
});

test('ignores programs for other systems that nothing loads', async () => {
  await expect(
    check({
      'node_modules/node-notifier/vendor/snoreToast.exe': windows,
      'node_modules/node-notifier/vendor/notifier': mac,
      'node_modules/x/data.bin': arm64,
      'public/App.class': javaClass,
    }),
  ).resolves.toBeUndefined();
});

test('rejects a Mac’s sharp without its code for Linux', async () => {
  const sharp = manifest({
    name: 'sharp',
    optionalDependencies: {
      '@img/sharp-darwin-arm64': '1',
      '@img/sharp-linux-x64': '1',
      '@img/sharp-linux-arm64': '1',
    },
  });
  const installedOnMac = {
    'node_modules/sharp/package.json': sharp,
    'node_modules/@img/sharp-darwin-arm64/package.json': onlyMac('@img/sharp-darwin-arm64'),
    'node_modules/@img/sharp-darwin-arm64/lib/sharp.node': mac,
  };
  await expectCode(
    check(installedOnMac),
    'NATIVE_CODE_MISMATCH',
    '@img/sharp-darwin-arm64/lib/sharp.node',
    '--libc=glibc sharp',
  );
  await expect(
    check({
      ...installedOnMac,
      'node_modules/@img/sharp-linux-x64/package.json': manifest({
        name: '@img/sharp-linux-x64',
        os: ['linux'],
        cpu: ['x64'],
      }),
      'node_modules/@img/sharp-linux-x64/lib/sharp.node': x64,
    }),
  ).resolves.toBeUndefined();
});

test('accepts a package only for macOS', async () => {
  await expect(
    check({
      'node_modules/chokidar/package.json': manifest({ name: 'chokidar', optionalDependencies: { fsevents: '2' } }),
      'node_modules/fsevents/package.json': manifest({ name: 'fsevents', os: ['darwin'] }),
      'node_modules/fsevents/fsevents.node': universal,
    }),
  ).resolves.toBeUndefined();
});

test('recognizes a package that excludes Linux with !', async () => {
  await expect(
    check({
      'node_modules/a/package.json': manifest({ name: 'a', os: ['!linux'] }),
      'node_modules/a/a.node': mac,
    }),
  ).resolves.toBeUndefined();
});

const alpine = (files: Record<string, Content>) => check(files, ['musl']);

test('rejects code for another C library with its package and the fix', async () => {
  await expectCode(
    alpine({ 'node_modules/bcrypt/build/Release/bcrypt.node': glibc }),
    'NATIVE_CODE_MISMATCH',
    'linux/amd64 with musl',
    'bcrypt.node is ELF for x86-64 and glibc, from the npm package bcrypt',
    'npm install --os=linux --cpu=x64 --libc=musl bcrypt',
  );
  await expectCode(
    check({ 'node_modules/bcrypt/bcrypt.node': musl }, ['glibc']),
    'NATIVE_CODE_MISMATCH',
    '--libc=glibc bcrypt',
  );
  await expectCode(
    alpine({
      'bin/tool': { text: elfFile({ interpreter: '/lib64/ld-linux-x86-64.so.2' }), mode: 0o755 },
    }),
    'NATIVE_CODE_MISMATCH',
    'Build it for Linux on x86-64 with musl',
  );
});

test('accepts code for either or no C library, and any code in images with both or none', async () => {
  await expect(
    alpine({ 'node_modules/a/a.node': x64, 'bin/static': { text: x64, mode: 0o755 } }),
  ).resolves.toBeUndefined();
  await expect(alpine({ 'node_modules/a/a.node': musl })).resolves.toBeUndefined();
  await expect(
    check({ 'node_modules/a/a.node': musl, 'node_modules/b/b.node': glibc }, ['glibc', 'musl']),
  ).resolves.toBeUndefined();
  await expect(check({ 'node_modules/a/a.node': musl, 'node_modules/b/b.node': glibc }, [])).resolves.toBeUndefined();
});

test('accepts prebuilt code for each C library, and rejects it if the image’s is missing', async () => {
  const prebuilds = 'node_modules/leveldown/prebuilds';
  const files = {
    [`${prebuilds}/darwin-arm64/node.napi.node`]: mac,
    [`${prebuilds}/linux-x64/node.napi.glibc.node`]: glibc,
  };
  await expect(alpine({ ...files, [`${prebuilds}/linux-x64/node.napi.musl.node`]: musl })).resolves.toBeUndefined();
  await expectCode(alpine(files), 'NATIVE_CODE_MISMATCH', 'leveldown');
});

test('code compiled at install is loaded before prebuilt code', async () => {
  const here = { 'node_modules/a/build/Release/a.node': mac };
  await expectCode(
    check({ ...here, 'node_modules/a/prebuilds/linux-x64/a.node': x64 }),
    'NATIVE_CODE_MISMATCH',
    'build/Release/a.node',
  );
});

test('accepts a package for another C library only next to the image’s', async () => {
  const variant = (libc: string, name: string) => ({
    [`node_modules/@img/${name}/package.json`]: manifest({
      name: `@img/${name}`,
      os: ['linux'],
      cpu: ['x64'],
      libc: [libc],
    }),
    [`node_modules/@img/${name}/lib/sharp.node`]: libc === 'musl' ? musl : glibc,
  });
  const sharp = {
    'node_modules/sharp/package.json': manifest({
      name: 'sharp',
      optionalDependencies: {
        '@img/sharp-linux-x64': '1',
        '@img/sharp-linuxmusl-x64': '1',
        '@img/sharp-darwin-arm64': '1',
      },
    }),
  };
  await expect(
    alpine({ ...sharp, ...variant('glibc', 'sharp-linux-x64'), ...variant('musl', 'sharp-linuxmusl-x64') }),
  ).resolves.toBeUndefined();
  await expectCode(
    alpine({ ...sharp, ...variant('glibc', 'sharp-linux-x64') }),
    'NATIVE_CODE_MISMATCH',
    '@img/sharp-linux-x64/lib/sharp.node',
    '--libc=musl sharp',
  );
});

test('rejects a Mac’s program if the package for Linux is missing', async () => {
  const esbuild = {
    'node_modules/esbuild/package.json': manifest({
      name: 'esbuild',
      optionalDependencies: { '@esbuild/linux-x64': '1', '@esbuild/darwin-arm64': '1' },
    }),
    'node_modules/@esbuild/darwin-arm64/package.json': onlyMac('@esbuild/darwin-arm64'),
    'node_modules/@esbuild/darwin-arm64/bin/esbuild': { text: mac, mode: 0o755 },
  };
  await expectCode(check(esbuild), 'NATIVE_CODE_MISMATCH', '--libc=glibc esbuild');
  await expect(
    alpine({
      ...esbuild,
      'node_modules/@esbuild/linux-x64/package.json': manifest({
        name: '@esbuild/linux-x64',
        os: ['linux'],
        cpu: ['x64'],
      }),
    }),
  ).resolves.toBeUndefined();
});

test('accepts other code in a package whose platform package is present', async () => {
  await expect(
    check({
      'node_modules/a/package.json': manifest({ name: 'a', optionalDependencies: { 'a-linux-x64-gnu': '1' } }),
      'node_modules/a/a.darwin-arm64.node': mac,
      'node_modules/a-linux-x64-gnu/package.json': manifest({ name: 'a-linux-x64-gnu', os: ['linux'] }),
      'node_modules/a-linux-x64-gnu/a.node': glibc,
    }),
  ).resolves.toBeUndefined();
});

test('checks the app’s programs per directory', async () => {
  const onMac = { 'bin/tool-mac': { text: mac, mode: 0o755 } };
  await expectCode(check(onMac), 'NATIVE_CODE_MISMATCH', 'bin/tool-mac is Mach-O');
  await expect(check({ ...onMac, 'bin/tool-linux': { text: x64, mode: 0o755 } })).resolves.toBeUndefined();
  await expectCode(check({ ...onMac, 'other/tool': x64 }), 'NATIVE_CODE_MISMATCH', 'bin/tool-mac');
});
