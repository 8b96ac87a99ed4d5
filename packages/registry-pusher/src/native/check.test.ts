import { expect, test } from 'vitest';
import { hashFiles } from '../layer/hash-files.ts';
import { expectCode } from '../testing/code.ts';
import { type Content, folderOf } from '../testing/folder.ts';
import { checkedFile } from '../builders/code-runs.ts';
import { requireNativeCodeRuns } from './check.ts';
import { nativeCodeOf } from './native-code.ts';

function elf(machine: number, bits = 2): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header[4] = bits;
  header[5] = 1;
  header.writeUInt16LE(machine, 18);
  return header;
}
const x64 = elf(62);
const arm64 = elf(183);
const mac = Buffer.from('cffaedfe0c000001'.padEnd(128, '0'), 'hex');
const universal = Buffer.from('cafebabe00000002'.padEnd(128, '0'), 'hex');
const javaClass = Buffer.from('cafebabe00000041'.padEnd(128, '0'), 'hex');
const windows = Buffer.from(`4d5a${'90'.repeat(58)}80000000`, 'hex');

async function check(contents: Record<string, Content>): Promise<void> {
  await using folder = await folderOf(contents);
  const files = Object.keys(contents).map((name) => ({
    type: 'file' as const,
    path: `/app/${name}`,
    absolute: folder.file(name),
    contextPath: name,
    uid: 0,
    gid: 0,
  }));
  await requireNativeCodeRuns((await hashFiles(files, { secrets: [] })).map(checkedFile));
}
const manifest = (value: object) => JSON.stringify(value);
const onlyMac = (name: string) => manifest({ name, os: ['darwin'], cpu: ['arm64'] });

test('machine code is recognised by its header', () => {
  expect(nativeCodeOf(x64)).toMatchObject({ format: 'ELF', runsOnTarget: true });
  expect(nativeCodeOf(arm64)).toMatchObject({ runsOnTarget: false, description: 'ELF for aarch64' });
  expect(nativeCodeOf(elf(3, 1))).toMatchObject({ runsOnTarget: false, description: 'ELF for x86' });
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
