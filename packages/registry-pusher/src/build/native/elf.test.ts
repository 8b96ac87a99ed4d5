import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elfFile } from '../../testing/elf.ts';
import { readNeeds } from './elf.ts';

const libcOf = (read: Parameters<typeof readNeeds>[0]) => readNeeds(read).libc;

const from = (file: Buffer) => (offset: number, length: number) =>
  offset < file.length ? file.subarray(offset, offset + length) : undefined;

test.each([
  ['an executable for glibc', { interpreter: '/lib64/ld-linux-x86-64.so.2' }, 'glibc'],
  ['an executable for musl', { interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.so'] }, 'musl'],
  ['an addon for glibc', { needed: ['libstdc++.so.6', 'libc.so.6'] }, 'glibc'],
  ['an addon that names only the loader', { needed: ['ld-linux-x86-64.so.2'] }, 'glibc'],
  ['an addon built on Alpine', { needed: ['libstdc++.so.6', 'libc.musl-x86_64.so.1'] }, 'musl'],
  ['an addon cross-built for musl', { needed: ['libc.so'] }, 'musl'],
  ['an addon without its own C library', { needed: ['libstdc++.so.6'] }, undefined],
  ['a static executable', {}, undefined],
])('%s', (_, content, libc) => {
  expect(libcOf(from(elfFile(content)))).toBe(libc);
});

test('returns undefined when a part is unavailable', () => {
  const file = elfFile({ needed: ['libc.so.6'] });
  expect(libcOf(from(file.subarray(0, 4000)))).toBeUndefined();
  expect(libcOf(from(file.subarray(0, 70)))).toBeUndefined();
  expect(libcOf(() => undefined)).toBeUndefined();
});

test('never fails on damaged code', () => {
  const file = elfFile({ interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] });
  const damage = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 40 });
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = Buffer.from(file);
      for (const [at, byte] of changes) damaged[at] = byte;
      libcOf(from(damaged));
    }),
  );
});
