import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type LayerContent, tarLayer } from '../../testing/tar-layer.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { followLinks } from './file-tree.ts';
import { readLayerTree } from './layer-tree.ts';

async function treeOf(...layers: LayerContent[]) {
  return readLayerTree(
    (await Promise.all(layers.map(tarLayer))).map((tar) => async () => Readable.from([gzipSync(tar)])),
  );
}

test('later layers lie on earlier ones', async () => {
  const tree = await treeOf({ 'app/': '', 'app/a': 'x', 'etc/b': 'x' }, { 'app/a': { link: '/etc' }, 'app/c/': '' });
  expect(await tree.lookup('/app')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/app/a')).toEqual({ kind: 'link', target: '/etc' });
  expect(await tree.lookup('/app/c')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/etc')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/etc/b')).toEqual({ kind: 'file' });
  expect(await tree.lookup('/etc/z')).toEqual({ kind: 'absent' });
  expect(await tree.lookup('/etc/b/z')).toEqual({ kind: 'absent' });
});

test('a whiteout hides a lower layer’s file, an opaque folder all that lower layers put in it', async () => {
  const tree = await treeOf(
    { 'a/x': '', 'a/y/z': '', 'b/x': '', 'b/y': '' },
    { 'a/.wh.y': '', 'b/new': '', 'b/.wh..wh..opq': '' },
  );
  const kinds = await Promise.all(
    ['/a/x', '/a/y', '/a/y/z', '/b', '/b/x', '/b/new', '/a/.wh.y'].map(async (path) => (await tree.lookup(path)).kind),
  );
  expect(kinds).toEqual(['file', 'absent', 'absent', 'directory', 'absent', 'file', 'absent']);
});

test('a file that takes a folder’s place takes away what was in it', async () => {
  const tree = await treeOf({ 'a/b/c': '' }, { 'a/b': 'x' }, { 'a/b/': '' });
  expect(await tree.lookup('/a/b/c')).toEqual({ kind: 'absent' });
});

test('names are resolved by the account files, wherever they link to', async () => {
  const tree = await treeOf(
    {
      'etc/passwd': { link: '../lib/accounts/passwd' },
      'etc/group': 'staff:x:50:\n',
      'lib/accounts/passwd': 'old:x:1:1::/:/bin/sh\n',
    },
    { 'lib/accounts/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1001::/:/bin/sh\n' },
  );
  expect(await tree.owner('node')).toEqual({ uid: 1000, gid: 1001 });
  expect(await tree.owner('node:staff')).toEqual({ uid: 1000, gid: 50 });
  expect(await tree.owner('7:staff')).toEqual({ uid: 7, gid: 50 });
  expect(await tree.owner('node:7')).toEqual({ uid: 1000, gid: 7 });
  expect(await tree.owner('7')).toEqual({ uid: 7, gid: 7 });
  expect(await tree.owner(':staff')).toEqual({ uid: 0, gid: 50 });
  await expectCode(tree.owner('old'), 'DOCKERFILE_INVALID', '/etc/passwd does not know', 'Use a number');
  await expectCode(tree.owner('node:wheel'), 'DOCKERFILE_INVALID', '/etc/group does not know');
});

test('links are followed inside the image only', async () => {
  const tree = await treeOf({
    'run/lock/': '',
    'var/run': { link: '/run' },
    'var/up': { link: '../../../run' },
    a: { link: 'b' },
    b: { link: 'a' },
  });
  const follow = async (path: string) => (await followLinks(tree, path)).path;
  expect(await follow('/var/run/lock')).toBe('/run/lock');
  expect(await follow('/var/run/new/deep')).toBe('/run/new/deep');
  expect(await follow('/var/up/x')).toBe('/run/x');
  expect(await follow('/none/../var/run')).toBe('/run');
  await expectCode(follow('/a/x'), 'DOCKERFILE_INVALID', 'leads back to itself');
});

test('a layer that is cut short is an error, not a smaller tree', async () => {
  const packed = gzipSync(await tarLayer({ a: 'x'.repeat(100_000) }));
  await expect(readLayerTree([async () => Readable.from([packed.subarray(0, packed.length - 20)])])).rejects.toThrow(
    'unexpected end of file',
  );
});
