import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Digest } from '../../image/digest.ts';
import type { NewLayer } from '../../image/image.ts';
import { decompressed } from '../../tar/decompress.ts';
import { lookThrough } from '../loopback/layer-content.ts';
import type { TakenLayer } from './taken-image.ts';

/** A saved layer; engines with the containerd image store save it compressed. */
export function layerInFile(diffId: Digest, path: string): TakenLayer {
  const read = () => createReadStream(path, { highWaterMark: 256 * 1024 });
  const tar = () => Readable.from(decompressed(read()), { objectMode: false });
  return {
    diffId,
    layer: async (): Promise<NewLayer> => ({ kind: 'new', diffId, size: await sizeOf(path, tar), tar }),
    lookThrough: (secrets) => lookThrough(read(), secrets),
  };
}

const packed = /^(?:1f8b|28b52ffd)/;

async function sizeOf(path: string, tar: () => Readable): Promise<number> {
  if (!packed.test(await firstBytes(path))) return (await stat(path)).size;
  let size = 0;
  for await (const chunk of tar()) size += (chunk as Buffer).length;
  return size;
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}
