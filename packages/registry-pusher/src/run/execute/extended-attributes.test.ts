import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type TarEntry, writeTar } from '../../tar/write.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { createDirectory } from '../../testing/directory.ts';
import {
  type AttributedFile,
  attributesOf,
  findGnuTar,
  readAttributes,
  writeAttributes,
} from './extended-attributes.ts';
import { realOwners } from './owners.ts';
import { Root } from './paths.ts';
import { unpackLayer } from './unpack.ts';

test('only attributes that mean the same elsewhere are kept, in one order', () => {
  const pax = new Map([
    ['SCHILY.xattr.user.b', '2'],
    ['SCHILY.xattr.security.selinux', 'system_u'],
    ['SCHILY.xattr.security.capability', '\u0001'],
    ['SCHILY.xattr.trusted.overlay.opaque', 'y'],
    ['mtime', '1'],
  ]);
  expect(Object.entries(attributesOf(pax))).toEqual([
    ['security.capability', '\u0001'],
    ['user.b', '2'],
  ]);
});

test.skipIf(findGnuTar() === undefined)('attributes are read as they were written', async () => {
  await using directory = await createDirectory({ none: 'z', 'a directory/f': '' });
  const header = {
    mode: 0o644,
    uid: process.getuid!(),
    gid: process.getgid!(),
    mtime: 1,
    size: 1,
    type: 'file' as const,
  };
  const content = async function* (text: string) {
    yield Buffer.from(text);
  };
  const values = { 'user.bytes': 'a\0b\udcff', 'user.empty-line': '\n' };
  const files: AttributedFile[] = [
    { path: '/with space', header, attributes: values, content: content('x') },
    { path: '/two\nlines', header, attributes: { 'user.one': '1' }, content: content('y') },
    {
      path: '/a directory',
      header: { ...header, mode: 0o755, size: 0, type: 'directory' },
      attributes: { 'user.d': 'd' },
    },
  ];
  await writeAttributes(directory.path, files);
  const paths = ['/a directory', '/none', '/two\nlines', '/with space'];
  expect(await readAttributes(directory.path, paths)).toEqual(
    new Map(files.map(({ path, attributes }) => [path, attributes])),
  );
  expect(await readFile(directory.file('with space'), 'utf8')).toBe('x');
});

test.skipIf(findGnuTar() === undefined || process.getuid!() !== 0)(
  'a layer is unpacked with its attributes, owners and links',
  async () => {
    await using directory = await createDirectory({});
    const common = { mode: 0o755, uid: 7, gid: 8, size: 0, mtime: 5 };
    const entries = async function* (): AsyncGenerator<TarEntry> {
      const tool = { ...common, type: 'file' as const, name: 'tool', size: 4, attributes: { 'user.a': '1' } };
      const text = async function* () {
        yield Buffer.from('text');
      };
      yield { header: tool, content: text() };
      yield { header: { ...common, type: 'link', name: 'other', linkname: 'tool' } };
      yield { header: { ...common, type: 'directory', name: 'd/', attributes: { 'user.d': '2' } } };
    };
    const unpacked = { contents: new Map<number, string>(), attributes: new Map(), owners: realOwners };
    await unpackLayer(new Root(directory.path), Readable.from(writeTar(entries())), unpacked, undefined);
    const { uid, gid, mode, nlink, mtimeMs, ino } = statSync(directory.file('tool'));
    expect({ uid, gid, mode, nlink, mtimeMs }).toEqual({ uid: 7, gid: 8, mode: 0o100755, nlink: 2, mtimeMs: 5000 });
    expect([...unpacked.contents.keys()]).toEqual([ino]);
    const found = { '/tool': { 'user.a': '1' }, '/d': { 'user.d': '2' } };
    expect(Object.fromEntries(unpacked.attributes)).toEqual(found);
    expect(Object.fromEntries(await readAttributes(directory.path, ['/d', '/tool']))).toEqual(found);
  },
);

test.skipIf(findGnuTar() === undefined)(
  'files whose attributes can’t be read are an error, not files without any',
  async () => {
    await using directory = await createDirectory({ a: '' });
    await expectCode(readAttributes(directory.path, ['/a', '/gone']), 'FILE_UNREADABLE', 'gone: Cannot stat');
  },
);
