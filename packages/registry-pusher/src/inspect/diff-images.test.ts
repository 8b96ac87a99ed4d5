import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseImageReference } from '../image/reference.ts';
import { MemoryImages } from '../testing/memory-images.ts';
import type { LayerContent } from '../testing/tar-layer.ts';
import { diffImages } from './diff-images.ts';

const [from, to] = ['hub.example/a:1', 'hub.example/b:1'].map(parseImageReference) as [never, never];

async function diffOf(a: readonly LayerContent[], b: readonly LayerContent[]) {
  const images = new MemoryImages();
  await images.putBase('hub.example/a:1', a);
  await images.putBase('hub.example/b:1', b);
  const diff = await diffImages(images, from, to);
  return { ...diff, lines: diff.files.map(({ change, path }) => `${change} ${path}`), blobsRead: images.blobsRead };
}

const base = { 'bin/': '', 'bin/sh': 'a shell', 'etc/os-release': 'debian' };

test('lists added, changed and removed files by path, with their sizes', async () => {
  const { files } = await diffOf(
    [base, { 'app/b.js': 'old', 'app/gone.js': 'x' }],
    [base, { 'app/b.js': 'newer', 'app/a.js': 'y' }],
  );
  expect(files).toMatchObject([
    { change: 'added', path: '/app/a.js', after: { kind: 'file', size: 1, mode: 0o644, uid: 0 } },
    { change: 'changed', path: '/app/b.js', aspects: ['content'], before: { size: 3 }, after: { size: 5 } },
    { change: 'gone', path: '/app/gone.js', before: { size: 1 } },
  ]);
});

test('skips shared layers if the layers above them decide the same paths', async () => {
  const { lines, blobsRead, layers } = await diffOf([base, { 'app/main.js': '1' }], [base, { 'app/main.js': '2' }]);
  expect(lines).toEqual(['changed /app/main.js']);
  expect([blobsRead, layers]).toEqual([2, { shared: 1, read: 2 }]);
});

test('reads shared layers that a file may hide, and ignores identical content', async () => {
  const { lines, blobsRead } = await diffOf([base], [base, { 'bin/sh': 'a shell', 'bin/ls': 'ls' }]);
  expect(lines).toEqual(['added /bin/ls']);
  expect(blobsRead).toBe(2);
});

test('applies whiteouts and opaque directories', async () => {
  const lower = { 'a/': '', 'a/x': '1', 'a/y': '2', 'b/z': '3' };
  expect((await diffOf([lower], [lower, { 'b/.wh.z': '' }])).lines).toEqual(['gone /b/z']);
  const emptied = { 'a/.wh..wh..opq': '', 'a/y': '2' };
  expect((await diffOf([lower], [lower, emptied])).lines).toEqual(['gone /a/x']);
});

test('reports changed link targets and kinds', async () => {
  const { files } = await diffOf([{ l: { link: 'a' }, f: '' }], [{ l: { link: 'b' }, 'f/': '' }]);
  expect(files).toMatchObject([
    { path: '/f', aspects: ['kind'], before: { kind: 'file' }, after: { kind: 'folder' } },
    { path: '/l', aspects: ['target'], before: { target: 'a' }, after: { target: 'b' } },
  ]);
});

test('reports changed modes and owners, but not the mode of a link', async () => {
  const { files } = await diffOf(
    [{ m: { mode: 0o644, text: '' }, o: { gid: 1, text: '' }, l: { type: 'symlink', linkname: 'a', mode: 0o777 } }],
    [{ m: { mode: 0o755, text: '' }, o: { gid: 2, text: '' }, l: { type: 'symlink', linkname: 'a', mode: 0o755 } }],
  );
  expect(files).toMatchObject([
    { path: '/m', aspects: ['mode'], before: { mode: 0o644 }, after: { mode: 0o755 } },
    { path: '/o', aspects: ['owner'], before: { gid: 1 }, after: { gid: 2 } },
  ]);
});

test('reports a hard link to another file in an unread shared layer', async () => {
  const named = (linkname: string): LayerContent => ({ other: { type: 'link', linkname } });
  const { lines, blobsRead } = await diffOf([base, named('bin/sh')], [base, named('etc/os-release')]);
  expect([lines, blobsRead]).toEqual([['changed /other'], 2]);
});

test('names a missing image', async () => {
  await expect(diffImages(new MemoryImages(), from, to)).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
    message: expect.stringContaining('hub.example/a:1'),
  });
});

test('equals the difference of the merged trees, whichever layers are shared', async () => {
  const path = fc.constantFrom('x', 'd/', 'd/x', 'd/y', 'd', '.wh.x', '.wh.d', 'd/.wh.x', 'd/.wh..wh..opq');
  const layer = fc
    .dictionary(path, fc.constantFrom('1', '2'), { maxKeys: 3 })
    .filter((each) => !('d' in each && Object.keys(each).some((key) => key.startsWith('d/'))));
  const layers = fc.array(layer, { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(layers, layers, layers, async (shared, a, b) => {
      const [seenA, seenB] = [merged([...shared, ...a]), merged([...shared, ...b])];
      const expected = [...new Set([...seenA.keys(), ...seenB.keys()])].sort().flatMap((each) => {
        if (!seenB.has(each)) return [`gone ${each}`];
        if (!seenA.has(each)) return [`added ${each}`];
        return seenA.get(each) === seenB.get(each) ? [] : [`changed ${each}`];
      });
      expect((await diffOf([...shared, ...a], [...shared, ...b])).lines).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

/** Merges layers in the simplest way, into one map from path to content. */
function merged(layers: readonly Readonly<Record<string, string>>[]): Map<string, string> {
  const seen = new Map<string, string>();
  const clear = (prefix: string) =>
    [...seen.keys()].filter((key) => key.startsWith(prefix)).forEach((key) => seen.delete(key));
  for (const layer of layers) {
    for (const name of Object.keys(layer)) {
      const hidden = `/${name}`.replace('.wh..wh..opq', '').replace('.wh.', '');
      if (!name.includes('.wh.')) continue;
      if (!name.endsWith('.wh..wh..opq')) seen.delete(hidden);
      clear(name.endsWith('.wh..wh..opq') ? hidden : `${hidden}/`);
    }
    for (const [name, content] of Object.entries(layer).filter(([name]) => !name.includes('.wh.'))) {
      const path = `/${name.replace(/\/$/, '')}`;
      if (!name.endsWith('/')) clear(`${path}/`);
      seen.set(path, name.endsWith('/') ? 'folder' : content);
    }
  }
  return seen;
}
