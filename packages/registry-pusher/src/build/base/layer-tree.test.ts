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

test('applies later layers over earlier ones', async () => {
  const tree = await treeOf({ 'app/': '', 'app/a': 'x', 'etc/b': 'x' }, { 'app/a': { link: '/etc' }, 'app/c/': '' });
  expect(await tree.lookup('/app')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/app/a')).toEqual({ kind: 'link', target: '/etc' });
  expect(await tree.lookup('/app/c')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/etc')).toEqual({ kind: 'directory' });
  expect(await tree.lookup('/etc/b')).toEqual({ kind: 'file' });
  expect(await tree.lookup('/etc/z')).toEqual({ kind: 'absent' });
  expect(await tree.lookup('/etc/b/z')).toEqual({ kind: 'absent' });
});

test('a whiteout hides a file of a lower layer, an opaque directory everything below', async () => {
  const tree = await treeOf(
    { 'a/x': '', 'a/y/z': '', 'b/x': '', 'b/y': '' },
    { 'a/.wh.y': '', 'b/new': '', 'b/.wh..wh..opq': '' },
  );
  const kinds = await Promise.all(
    ['/a/x', '/a/y', '/a/y/z', '/b', '/b/x', '/b/new', '/a/.wh.y'].map(async (path) => (await tree.lookup(path)).kind),
  );
  expect(kinds).toEqual(['file', 'absent', 'absent', 'directory', 'absent', 'file', 'absent']);
});

test('a file that replaces a directory removes its items', async () => {
  const tree = await treeOf({ 'a/b/c': '' }, { 'a/b': 'x' }, { 'a/b/': '' });
  expect(await tree.lookup('/a/b/c')).toEqual({ kind: 'absent' });
});

test('resolves names with the account files, following links', async () => {
  const tree = await treeOf(
    {
      'etc/passwd': { link: '../lib/accounts/passwd' },
      'etc/group': 'staff:x:50:\n',
      'lib/accounts/passwd': 'old:x:1:1::/:/bin/sh\n',
    },
    { 'lib/accounts/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1001::/:/bin/sh\n' },
  );
  expect(await tree.resolveOwner('node')).toEqual({ uid: 1000, gid: 1001 });
  expect(await tree.resolveOwner('node:staff')).toEqual({ uid: 1000, gid: 50 });
  expect(await tree.resolveOwner('7:staff')).toEqual({ uid: 7, gid: 50 });
  expect(await tree.resolveOwner('node:7')).toEqual({ uid: 1000, gid: 7 });
  expect(await tree.resolveOwner('7')).toEqual({ uid: 7, gid: 7 });
  expect(await tree.resolveOwner(':staff')).toEqual({ uid: 0, gid: 50 });
  await expectCode(
    tree.resolveOwner('old'),
    'DOCKERFILE_INVALID',
    "no user old in the image's /etc/passwd",
    'Use a numeric ID',
  );
  await expectCode(tree.resolveOwner('node:wheel'), 'DOCKERFILE_INVALID', "no group wheel in the image's /etc/group");
});

test('follows links only inside the image', async () => {
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
  await expectCode(follow('/a/x'), 'DOCKERFILE_INVALID', 'circular link');
});

test('a truncated layer fails instead of giving a smaller tree', async () => {
  const packed = gzipSync(await tarLayer({ a: 'x'.repeat(100_000) }));
  await expect(readLayerTree([async () => Readable.from([packed.subarray(0, packed.length - 20)])])).rejects.toThrow(
    'unexpected end of file',
  );
});

test('follows 255 links in a row and rejects more, as Linux does with too many', async () => {
  const chain = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`l${index}`, { link: `l${index + 1}` }]));
  const tree = await treeOf({ ...chain, l256: 'the end' });
  expect(await followLinks(tree, '/l1')).toMatchObject({ path: '/l256', found: { kind: 'file' } });
  await expectCode(followLinks(tree, '/l0'), 'DOCKERFILE_INVALID', 'circular link');
});
