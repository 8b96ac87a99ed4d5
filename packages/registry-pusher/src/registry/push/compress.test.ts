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

let directory: string;
const cleanUp: (() => Promise<void>)[] = [];
const never = new AbortController().signal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compress-test-'));
  vi.stubEnv('TMPDIR', directory);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(cleanUp.splice(0).map((close) => close()));
  await rm(directory, { recursive: true });
});

async function contentOf({ open }: Blob): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('rejects a tar with another diff ID, and leaves no file', async () => {
  const layer = { ...layerOf('described'), tar: () => Readable.from([Buffer.from('read')]) };

  await expect(compressLayer(layer, never, cleanUp)).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  expect(await readdir(directory)).toEqual([]);
});

test("rethrows the tar's own errors", async () => {
  const failure = new Error('failed');
  const layer = {
    ...layerOf('described'),
    tar: () =>
      new Readable({
        read: (): never => {
          throw failure;
        },
      }),
  };

  await expect(compressLayer(layer, never, cleanUp)).rejects.toBe(failure);
});

test('can be canceled, and leaves no file', async () => {
  const controller = new AbortController();
  let reads = 0;
  const endless = new Readable({
    read() {
      if (++reads === 50) controller.abort();
      this.push(randomBytes(65_536));
    },
  });
  const compressing = compressLayer({ ...layerOf('x'), tar: () => endless }, controller.signal, cleanUp);

  await expect(compressing).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await readdir(directory)).toEqual([]);
  expect(endless.destroyed).toBe(true);
});

test('writes a file without a name, which matches its descriptor and can be read repeatedly', async () => {
  const content = Buffer.concat([randomBytes(700_000), Buffer.alloc(700_000)]);
  const compressed = await compressLayer(layerOf(content), never, cleanUp);

  const [first, second] = [await contentOf(compressed), await contentOf(compressed)];

  expect(await readdir(directory)).toEqual([]);
  expect(first.equals(second)).toBe(true);
  expect(compressed.descriptor).toMatchObject({ size: first.length, digest: digestOf(first) });
  expect(gunzipSync(first).equals(content)).toBe(true);
});

test('compresses the same layer to the same bytes, without a time', async () => {
  const one = await compressLayer(layerOf('same'), never, cleanUp);
  const two = await compressLayer(layerOf('same'), never, cleanUp);

  expect(one.descriptor).toEqual(two.descriptor);
  expect((await contentOf(one)).readUInt32LE(4)).toBe(0);
});

test('names a missing TMPDIR', async () => {
  const missing = join(directory, 'missing');
  vi.stubEnv('TMPDIR', missing);
  await expect(compressLayer(layerOf('x'), never, cleanUp)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: `Can't store a compressed layer in ${missing} (ENOENT): free up space there, or set TMPDIR to another directory.`,
  });
});
