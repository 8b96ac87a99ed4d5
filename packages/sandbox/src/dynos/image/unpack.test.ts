import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { imageOf, type LayerEntry, tarOfEntries, type TestImage } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { OpenBlob } from './layer-source.ts';
import { LayerStore } from './layer-store.ts';
import { unpackImage } from './unpack.ts';

/** Unpacks an image into `root` in a directory, with an empty store. */
async function unpack({ pushed }: TestImage, openBlob: OpenBlob, directory: string): Promise<void> {
  const store = new LayerStore(join(directory, 'layers'), openBlob);
  await store.adopt();
  await unpackImage(pushed, store, join(directory, 'root'));
}

/** Unpacks layers next to a file that no image may touch. */
async function unpacked(directory: string, ...layers: (readonly LayerEntry[])[]): Promise<string> {
  const image = await imageOf(layers);
  await mkdir(join(directory, 'outside'));
  await writeFile(join(directory, 'outside/secret'), 'untouched');
  await unpack(image, image.openBlob, directory);
  return join(directory, 'root');
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error: unknown) => (error instanceof SandboxError ? error.code : String(error)),
  );
}

const file = (name: string, content = name, mode = 0o644): LayerEntry => ({ name, content, mode });
const directoryEntry = (name: string, mode = 0o755): LayerEntry => ({ name, type: 'directory', mode });
const symlink = (name: string, linkname: string): LayerEntry => ({ name, type: 'symlink', linkname });
const hardLink = (name: string, linkname: string): LayerEntry => ({ name, type: 'link', linkname });
const whiteout = (name: string): LayerEntry => ({ name, content: '' });

describe('invalid images', () => {
  test.each([
    ['../up', [file('../outside/secret')]],
    ['a/../../up', [file('a/../../outside/secret')]],
    ['a hard link out of the image', [hardLink('taken', '../outside/secret')]],
    ['a hard link to nothing', [hardLink('taken', 'missing')]],
    ['links in circles', [symlink('a', 'b'), symlink('b', 'a'), file('a/file')]],
  ])('rejects %s', async (_, entries) => {
    await using directory = await temporaryDirectory();
    expect(await codeOf(unpacked(directory.path, entries))).toBe('IMAGE_INVALID');
    expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
  });

  test("rejects a layer that doesn't match its diff ID", async () => {
    await using directory = await temporaryDirectory();
    const image = await imageOf([[file('a')]]);
    const other = await tarOfEntries([file('b')]);
    const unpacking = unpack(image, () => Readable.from([gzipSync(other)]), directory.path);
    await expect(unpacking).rejects.toThrow(/doesn't have the image's diff ID/);
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['empty', () => Buffer.alloc(0)],
    ['of three bytes', () => Buffer.from([1, 2, 3])],
    ['noise', () => Buffer.alloc(2000, 7)],
    ['gzip of noise', () => gzipSync(Buffer.alloc(2000, 7))],
    ['zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])],
  ])('rejects a layer that is %s', async (_, spoil) => {
    await using directory = await temporaryDirectory();
    const image = await imageOf([[file('a', 'a'.repeat(5000))]]);
    const blob = spoil(image.blobs.get(image.pushed.layers[0]?.digest ?? '') as Buffer);
    const unpacking = unpack(image, () => Readable.from([blob]), directory.path);
    expect(await codeOf(unpacking)).toBe('IMAGE_INVALID');
  });

  test('rejects a file of a negative size (fault 138, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    const tar = Buffer.from(await tarOfEntries([file('a'), file('b')]));
    tar.fill(0xff, 124, 136);
    const sum = tar.subarray(0, 512).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const image = await imageOf([[file('a')]]);
    const unpacking = unpack(image, () => Readable.from([gzipSync(tar)]), directory.path);
    expect(await codeOf(unpacking)).toBe('IMAGE_INVALID');
  });

  test('names a missing blob', async () => {
    await using directory = await temporaryDirectory();
    const image = await imageOf([[file('a')]]);
    const gone = () =>
      new Readable({ read: (): void => undefined }).destroy(
        Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' }),
      );
    await expect(unpack(image, gone, directory.path)).rejects.toThrow(
      `layer ${image.pushed.layers[0]?.digest} can't be unpacked: ENOENT`,
    );
  });

  test('writes nothing outside, regardless of names and links', async () => {
    const part = fc.constantFrom('..', '.', 'a', 'b', 'outside', 'secret', '');
    const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const entry = fc.oneof(
      path.map((name) => file(name, 'overwritten')),
      path.map((name) => directoryEntry(name)),
      fc.tuple(path, path).map(([name, target]) => symlink(name, target)),
      fc.tuple(path, path).map(([name, target]) => symlink(name, `/${target}`)),
      fc.tuple(path, path).map(([name, target]) => hardLink(name, target)),
      path.map((name) => whiteout(`${name}/.wh.secret`)),
      path.map((name) => whiteout(`${name}/.wh..wh..opq`)),
      fc.tuple(path, fc.constantFrom('.wh.', '.wh..', '.wh...')).map(([name, odd]) => whiteout(`${name}/${odd}`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        await using directory = await temporaryDirectory();
        const code = await codeOf(
          unpacked(
            directory.path,
            entries.filter(({ name }) => name !== ''),
          ),
        );
        expect([undefined, 'IMAGE_INVALID']).toContain(code);
        expect(await readdir(join(directory.path, 'outside'))).toEqual(['secret']);
        expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
      }),
      { numRuns: 60 },
    );
  });
});

describe('links', () => {
  test('an absolute link points into the image, also for writes through it', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(directory.path, [
      directoryEntry('run'),
      symlink('var/run', '/run'),
      file('var/run/app.pid', '1'),
    ]);
    expect(await readFile(join(root, 'run/app.pid'), 'utf8')).toBe('1');
    expect(await readFile(join(root, 'var/run/app.pid'), 'utf8')).toBe('1');
    expect(await readlink(join(root, 'var/run'))).toBe('../run');
  });

  test('a link out of the image points to its root', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(directory.path, [symlink('way', '../../../outside'), file('way/secret', 'inside')]);
    expect(await readFile(join(root, 'outside/secret'), 'utf8')).toBe('inside');
    expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
  });

  test('a file replaces a link and is not written through it', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(
      directory.path,
      [symlink('secret', join(directory.path, 'outside/secret'))],
      [file('secret', 'new')],
    );
    expect(await readFile(join(root, 'secret'), 'utf8')).toBe('new');
    expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
  });

  test('hard links share their file, and a later layer changes only its own name', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(
      directory.path,
      [file('a', 'one'), hardLink('b', '/a'), hardLink('c', 'a')],
      [file('b', 'two')],
    );
    expect((await lstat(join(root, 'a'))).ino).toBe((await lstat(join(root, 'c'))).ino);
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('one');
    expect(await readFile(join(root, 'b'), 'utf8')).toBe('two');
  });
});

describe('layers', () => {
  test('a whiteout removes a file or a directory of the layers below', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(
      directory.path,
      [file('a/one'), file('a/two'), file('b/deep/three')],
      [whiteout('a/.wh.one'), whiteout('.wh.b'), whiteout('a/.wh.never-there')],
    );
    expect(await readdir(root)).toEqual(['a']);
    expect(await readdir(join(root, 'a'))).toEqual(['two']);
  });

  test.each([
    ['before', (marker: LayerEntry, entries: LayerEntry[]) => [marker, ...entries]],
    ['after', (marker: LayerEntry, entries: LayerEntry[]) => [...entries, marker]],
  ])('an opaque directory keeps only what its own layer adds, with the marker %s', async (_, order) => {
    await using directory = await temporaryDirectory();
    const layer = order(whiteout('a/.wh..wh..opq'), [file('a/new'), file('a/deep/new')]);
    const root = await unpacked(directory.path, [file('a/old'), file('a/deep/old'), file('kept')], layer);
    expect((await readdir(root)).sort()).toEqual(['a', 'kept']);
    expect((await readdir(join(root, 'a'))).sort()).toEqual(['deep', 'new']);
    expect(await readdir(join(root, 'a/deep'))).toEqual(['new']);
  });

  test.each(['.wh.', '.wh..', '.wh...', 'a/.wh.', 'a/.wh..', 'a/.wh...', 'a/../.wh...'])(
    'refuses the whiteout %s, which hides no file (fault 157, sandbox)',
    async (name) => {
      await using directory = await temporaryDirectory();
      expect(await codeOf(unpacked(directory.path, [file('a/old')], [whiteout(name)]))).toBe('IMAGE_INVALID');
      expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
      expect(await readFile(join(directory.path, 'root/a/old'), 'utf8')).toBe('a/old');
    },
  );

  test('opaque markers in odd places hide nothing else (fault 157, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    const odd = [
      whiteout('.wh..wh..opq/file'),
      directoryEntry('a/.wh..wh..opq'),
      symlink('b/.wh..wh..opq', '../../outside'),
      whiteout('.wh..wh.plnk'),
    ];
    const root = await unpacked(directory.path, [file('a/old'), file('b/old'), file('c/old')], odd);
    expect((await readdir(root)).filter((name) => !name.startsWith('.wh.'))).toEqual(['a', 'b', 'c']);
    expect(await readdir(join(root, 'c'))).toEqual(['old']);
    expect(await readFile(join(directory.path, 'outside/secret'), 'utf8')).toBe('untouched');
  });

  test("a whiteout doesn't remove what its own layer adds under that name", async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(directory.path, [file('a/old')], [file('a/new'), whiteout('.wh.a')]);
    expect(await readdir(join(root, 'a'))).toEqual(['new']);
  });

  test('a file replaces a directory, and a directory replaces a file or link', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(
      directory.path,
      [file('a/b'), file('c'), directoryEntry('d'), symlink('e', 'd')],
      [file('a', 'now a file'), directoryEntry('c'), file('c/x'), directoryEntry('e'), file('e/y')],
    );
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('now a file');
    expect(await readdir(join(root, 'c'))).toEqual(['x']);
    expect(await readdir(join(root, 'd'))).toEqual([]);
    expect((await lstat(join(root, 'e'))).isDirectory()).toBe(true);
  });

  test('modes come from the last layer, also for closed directories; drops setuid', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(
      directory.path,
      [directoryEntry('closed', 0o555), file('closed/run', '', 0o755), directoryEntry('tmp', 0o755)],
      [file('closed/later', '', 0o600), directoryEntry('tmp', 0o1777), file('su', '', 0o4755)],
    );
    const modeOf = async (name: string) => ((await lstat(join(root, name))).mode & 0o7777).toString(8);
    expect(await Promise.all(['closed', 'closed/run', 'closed/later', 'tmp', 'su'].map(modeOf))).toEqual([
      '555',
      '755',
      '600',
      '1777',
      '755',
    ]);
  });

  test('skips devices and pipes', async () => {
    await using directory = await temporaryDirectory();
    const root = await unpacked(directory.path, [
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'pipe', type: 'fifo' },
      file('a'),
    ]);
    expect(await readdir(root)).toEqual(['a']);
  });

  test('accepts names of any length and alphabet', async () => {
    await using directory = await temporaryDirectory();
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    const root = await unpacked(directory.path, [file(long), file('grüße/日本 🚀'), file('-x y\nz')]);
    for (const name of [long, 'grüße/日本 🚀', '-x y\nz']) expect(await readFile(join(root, name), 'utf8')).toBe(name);
  });

  test('reads uncompressed layers', async () => {
    await using directory = await temporaryDirectory();
    const image = await imageOf([[file('a')]]);
    const tar = await tarOfEntries([file('a')]);
    await unpack(image, () => Readable.from([tar]), directory.path);
    expect(await readdir(join(directory.path, 'root'))).toEqual(['a']);
  });
});
