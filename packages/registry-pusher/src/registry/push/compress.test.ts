import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Blob } from '../../image/blob.ts';
import { digestOf } from '../../image/digest.ts';
import { layerOf } from '../../testing/images.ts';
import { compressLayer } from './compress.ts';

let folder: string;
const cleanUp: (() => Promise<void>)[] = [];
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compress-test-'));
  vi.stubEnv('TMPDIR', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(cleanUp.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

async function contentOf({ open }: Blob): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a tar that is not the one that was described fails, and leaves no file', async () => {
  const layer = { ...layerOf('described'), tar: () => Readable.from([Buffer.from('read')]) };

  await expect(compressLayer(layer, never, cleanUp)).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  expect(await readdir(folder)).toEqual([]);
});

test('an error of the tar itself stays as it is', async () => {
  const gone = new Error('gone');
  const layer = {
    ...layerOf('described'),
    tar: () =>
      new Readable({
        read: (): never => {
          throw gone;
        },
      }),
  };

  await expect(compressLayer(layer, never, cleanUp)).rejects.toBe(gone);
});

test('compressing can be cancelled, and leaves no file', async () => {
  const controller = new AbortController();
  const endless = new Readable({
    read() {
      this.push(randomBytes(65_536));
    },
  });
  const compressing = compressLayer({ ...layerOf('x'), tar: () => endless }, controller.signal, cleanUp);
  setTimeout(() => controller.abort(), 50);

  await expect(compressing).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await readdir(folder)).toEqual([]);
  expect(endless.destroyed).toBe(true);
});

test('the compressed layer has no name on disk, can be read often, and is what its descriptor says', async () => {
  const content = Buffer.concat([randomBytes(700_000), Buffer.alloc(700_000)]);
  const compressed = await compressLayer(layerOf(content), never, cleanUp);

  const [first, second] = [await contentOf(compressed), await contentOf(compressed)];

  expect(await readdir(folder)).toEqual([]);
  expect(first.equals(second)).toBe(true);
  expect(compressed.descriptor).toMatchObject({ size: first.length, digest: digestOf(first) });
  expect(gunzipSync(first).equals(content)).toBe(true);
});

test('the same layer gives the same compressed bytes, without a time in them', async () => {
  const one = await compressLayer(layerOf('same'), never, cleanUp);
  const two = await compressLayer(layerOf('same'), never, cleanUp);

  expect(one.descriptor).toEqual(two.descriptor);
  expect((await contentOf(one)).readUInt32LE(4)).toBe(0);
});

test('a folder for temporary files that is not there is named, with what to do', async () => {
  const missing = join(folder, 'missing');
  vi.stubEnv('TMPDIR', missing);
  await expect(compressLayer(layerOf('x'), never, cleanUp)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: `${missing} has no place for a compressed layer (ENOENT). Make room there, or name another folder in TMPDIR.`,
  });
});
