import { expect, test } from 'vitest';
import type { LayerContent } from '../../testing/tar-layer.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { elfFile } from '../../testing/elf.ts';
import { project } from '../../testing/project.ts';

const debian: LayerContent = {
  lib64: { link: 'usr/lib64' },
  'usr/lib64/ld-linux-x86-64.so.2': { link: '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' },
  'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': 'glibc',
  'usr/local/bin/node': { text: elfFile({ interpreter: '/lib64/ld-linux-x86-64.so.2' }), mode: 0o755 },
  'usr/local/bin/static': { text: elfFile(), mode: 0o755 },
};
const alpine: LayerContent = { 'lib/ld-musl-x86_64.so.1': 'musl', 'usr/local/bin/': '' };
const glibcAddon = { 'node_modules/bcrypt/bcrypt.node': elfFile({ needed: ['libc.so.6'] }) };

async function shop(dockerfile: string) {
  const made = await project(dockerfile, glibcAddon);
  await made.registry.putBase('docker.io/library/debian:1', [debian]);
  await made.registry.putBase('docker.io/library/alpine:1', [alpine]);
  return made;
}

test('rejects an addon for glibc on Alpine and accepts it on Debian', async () => {
  await using onDebian = await shop('FROM debian:1\nCOPY . /app\n');
  await expect(onDebian.build()).resolves.toHaveProperty('layers');
  await using onAlpine = await shop('FROM alpine:1\nCOPY . /app\n');
  await expectCode(onAlpine.build(), 'NATIVE_CODE_MISMATCH', 'with musl', '--libc=musl bcrypt');
});

test('accepts it on scratch and on a base with an unknown C library', async () => {
  await using unknown = await shop('FROM node:20\nCOPY . /app\n');
  await expect(unknown.build()).resolves.toHaveProperty('layers');
  await using scratch = await shop('FROM scratch\nCOPY . /app\n');
  await expect(scratch.build()).resolves.toHaveProperty('layers');
});

test('finds a C library from an earlier or later layer', async () => {
  await using brought = await shop(
    'FROM alpine:1\nCOPY . /app\nCOPY --from=debian:1 /usr/lib /usr/lib\nCOPY --from=debian:1 /lib64 /lib64\n',
  );
  await expect(brought.build()).resolves.toHaveProperty('layers');
});

test('rejects another image’s program for glibc on Alpine and accepts a static one', async () => {
  await using dynamic = await shop('FROM alpine:1\nCOPY --from=debian:1 /usr/local/bin/node /usr/local/bin/\n');
  await expectCode(dynamic.build(), 'NATIVE_CODE_MISMATCH', 'usr/local/bin/node is ELF for x86-64 and glibc');
  await using fixed = await shop('FROM alpine:1\nCOPY --from=debian:1 /usr/local/bin/static /usr/local/bin/\n');
  await expect(fixed.build()).resolves.toHaveProperty('layers');
});

test('remembers the base’s C library, and looks again on another base', async () => {
  await using app = await shop('FROM debian:1\nCOPY --from=debian:1 /usr/local/bin/node /n\nCOPY . /app\n');
  const previous = await app.registry.push((await app.build()).image);
  const { blobsRead } = app.registry;
  await app.write({ 'node_modules/bcrypt/package.json': '{}' });
  await app.build({}, previous);
  expect(app.registry.blobsRead).toBe(blobsRead);
  await app.registry.putBase('docker.io/library/debian:1', [
    alpine,
    { 'usr/local/bin/node': debian['usr/local/bin/node']! },
  ]);
  await expectCode(app.build({}, previous), 'NATIVE_CODE_MISMATCH', 'n is ELF', 'bcrypt.node');
});
