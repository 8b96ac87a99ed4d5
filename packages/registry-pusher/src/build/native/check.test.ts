import { expect, test } from 'vitest';
import { hashFiles } from '../layer/hash-files.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { elfFile } from '../../testing/elf.ts';
import { type Content, folderOf } from '../../testing/folder.ts';
import type { Libc } from './elf.ts';
import { checkedFile } from '../direct/code-runs.ts';
import { requireNativeCodeRuns } from './check.ts';
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
  await using folder = await folderOf(contents);
  const files = Object.keys(contents).map((name) => ({
    type: 'file' as const,
    path: `/app/${name}`,
    absolute: folder.file(name),
    contextPath: name,
    uid: 0,
    gid: 0,
  }));
  await requireNativeCodeRuns((await hashFiles(files, { secrets: [] })).map(checkedFile), new Set(libcs));
}
const manifest = (value: object) => JSON.stringify(value);
const onlyMac = (name: string) => manifest({ name, os: ['darwin'], cpu: ['arm64'] });

test('machine code is recognised by its header', () => {
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
])('%s is refused with package and remedy', async (_, files: Record<string, Content>, what, name) => {
  await expectCode(check(files), 'NATIVE_CODE_MISMATCH', what, `npm install --os=linux --cpu=x64 --libc=glibc ${name}`);
});

test('native code of the app itself is refused too', async () => {
  await expectCode(check({ 'dist/addon.node': mac }), 'NATIVE_CODE_MISMATCH', 'dist/addon.node', 'Build it for Linux');
});

test('code for our platform is fine', async () => {
  await expect(
    check({ 'node_modules/bcrypt/bcrypt.node': x64, 'node_modules/a/lib.so': x64 }),
  ).resolves.toBeUndefined();
});

test('a package that brings code for several platforms is fine, as long as ours is among them', async () => {
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

test('programs for other systems that nothing loads are no matter', async () => {
  await expect(
    check({
      'node_modules/node-notifier/vendor/snoreToast.exe': windows,
      'node_modules/node-notifier/vendor/notifier': mac,
      'node_modules/x/data.bin': arm64,
      'public/App.class': javaClass,
    }),
  ).resolves.toBeUndefined();
});

test('a Mac’s sharp is refused: its code for Linux was not installed', async () => {
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

test('a package for macOS alone is fine, for Linux does not miss it', async () => {
  await expect(
    check({
      'node_modules/chokidar/package.json': manifest({ name: 'chokidar', optionalDependencies: { fsevents: '2' } }),
      'node_modules/fsevents/package.json': manifest({ name: 'fsevents', os: ['darwin'] }),
      'node_modules/fsevents/fsevents.node': universal,
    }),
  ).resolves.toBeUndefined();
});

test('a package that refuses Linux by ! is for other platforms too', async () => {
  await expect(
    check({
      'node_modules/a/package.json': manifest({ name: 'a', os: ['!linux'] }),
      'node_modules/a/a.node': mac,
    }),
  ).resolves.toBeUndefined();
});

const alpine = (files: Record<string, Content>) => check(files, ['musl']);

test('code for another C library than the image’s is refused with package and remedy', async () => {
  await expectCode(
    alpine({ 'node_modules/bcrypt/build/Release/bcrypt.node': glibc }),
    'NATIVE_CODE_MISMATCH',
    'linux/amd64 with musl',
    'bcrypt.node is ELF for x86-64 and glibc, of the npm package bcrypt',
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

test('code for both, for none, or for an image with both or of neither is fine', async () => {
  await expect(
    alpine({ 'node_modules/a/a.node': x64, 'bin/static': { text: x64, mode: 0o755 } }),
  ).resolves.toBeUndefined();
  await expect(alpine({ 'node_modules/a/a.node': musl })).resolves.toBeUndefined();
  await expect(
    check({ 'node_modules/a/a.node': musl, 'node_modules/b/b.node': glibc }, ['glibc', 'musl']),
  ).resolves.toBeUndefined();
  await expect(check({ 'node_modules/a/a.node': musl, 'node_modules/b/b.node': glibc }, [])).resolves.toBeUndefined();
});

test('prebuilt code for each C library side by side is fine, and refused when ours is missing', async () => {
  const prebuilds = 'node_modules/leveldown/prebuilds';
  const files = {
    [`${prebuilds}/darwin-arm64/node.napi.node`]: mac,
    [`${prebuilds}/linux-x64/node.napi.glibc.node`]: glibc,
  };
  await expect(alpine({ ...files, [`${prebuilds}/linux-x64/node.napi.musl.node`]: musl })).resolves.toBeUndefined();
  await expectCode(alpine(files), 'NATIVE_CODE_MISMATCH', 'leveldown');
});

test('what was compiled here is loaded before what came with the package', async () => {
  const here = { 'node_modules/a/build/Release/a.node': mac };
  await expectCode(
    check({ ...here, 'node_modules/a/prebuilds/linux-x64/a.node': x64 }),
    'NATIVE_CODE_MISMATCH',
    'build/Release/a.node',
  );
});

test('a package for one C library is fine beside the one for ours, which is missed without it', async () => {
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

test('a Mac’s program in a package for the Mac is missed in its variant for Linux', async () => {
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

test('a package that finds its code in a package for our platform may hold other code of its own', async () => {
  await expect(
    check({
      'node_modules/a/package.json': manifest({ name: 'a', optionalDependencies: { 'a-linux-x64-gnu': '1' } }),
      'node_modules/a/a.darwin-arm64.node': mac,
      'node_modules/a-linux-x64-gnu/package.json': manifest({ name: 'a-linux-x64-gnu', os: ['linux'] }),
      'node_modules/a-linux-x64-gnu/a.node': glibc,
    }),
  ).resolves.toBeUndefined();
});

test('programs of the app itself are looked at by what lies beside them', async () => {
  const onMac = { 'bin/tool-mac': { text: mac, mode: 0o755 } };
  await expectCode(check(onMac), 'NATIVE_CODE_MISMATCH', 'bin/tool-mac is Mach-O');
  await expect(check({ ...onMac, 'bin/tool-linux': { text: x64, mode: 0o755 } })).resolves.toBeUndefined();
  await expectCode(check({ ...onMac, 'other/tool': x64 }), 'NATIVE_CODE_MISMATCH', 'bin/tool-mac');
});
