import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { RegistryPusherError } from '../errors.ts';
import type { NewLayer } from '../image/image.ts';
import { SecretScan } from '../layer/secrets.ts';
import type { SavedLayer } from './saved-image.ts';

/** What a layer holds. */
export interface LayerContent {
  readonly files: number;
  /** Bytes of file content. */
  readonly size: number;
}

const gzipMagic = '1f8b';
const zstdMagic = '28b52ffd';

/**
 * A saved layer as one that is pushed; engines with the containerd image store save it compressed.
 * @throws RegistryPusherError MEDIA_TYPE_REFUSED for compression by zstd
 */
export async function layerFromFile({ diffId, path }: SavedLayer): Promise<NewLayer> {
  const tar = await opener(path);
  return { kind: 'new', diffId, size: await sizeOf(path, tar), tar };
}

/**
 * Reads a saved layer's tar file to count what it holds, and looks for secrets in its files.
 * @param refuse called with the path of a file that holds one
 */
export async function contentOfLayer(
  { path }: SavedLayer,
  secrets: readonly string[],
  refuse: (path: string) => never,
): Promise<LayerContent> {
  const entries = extract();
  const reading = finished((await opener(path))(), entries).catch(() => undefined);
  const scan = new SecretScan(secrets);
  let files = 0;
  let size = 0;
  // What fails while reading is thrown by the loop.
  try {
    for await (const entry of entries) {
      if (entry.header.type === 'file') files += 1;
      size += entry.header.size ?? 0;
      scan.start();
      for await (const chunk of entry as AsyncIterable<Buffer>) if (scan.finds(chunk)) refuse(entry.header.name);
    }
  } finally {
    await reading;
  }
  return { files, size };
}

async function opener(path: string): Promise<() => Readable> {
  const magic = await firstBytes(path);
  if (magic.startsWith(zstdMagic))
    throw new RegistryPusherError(
      'MEDIA_TYPE_REFUSED',
      'Docker saved a layer in zstd, which Heroku does not take. Choose a base image whose layers are gzip.',
    );
  if (!magic.startsWith(gzipMagic)) return () => createReadStream(path);
  return () => pipeline(createReadStream(path), createGunzip(), () => undefined);
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

async function sizeOf(path: string, tar: () => Readable): Promise<number> {
  if (!(await firstBytes(path)).startsWith(gzipMagic)) return (await stat(path)).size;
  let size = 0;
  for await (const chunk of tar()) size += (chunk as Buffer).length;
  return size;
}
