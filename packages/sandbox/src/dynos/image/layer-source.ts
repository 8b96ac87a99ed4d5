import { createHash } from 'node:crypto';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SandboxError } from '../../errors/sandbox-error.ts';

/** Opens a blob of the registry. */
export type OpenBlob = (digest: string) => Readable;

export interface LayerSource {
  /** The layer's tar. */
  readonly tar: Readable;
  /** Resolves when the whole tar is read and matches the diff ID. Rejects with IMAGE_INVALID. */
  readonly verified: Promise<void>;
}

/** Opens a layer's blob as a tar: decompressed if its first bytes say so, and checked against the diff ID. */
export function openLayer(blob: Readable, layer: { readonly digest: string; readonly diffId: string }): LayerSource {
  const hash = createHash('sha256');
  const tar = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const verified = decompress(blob, tar, layer.digest).then(() => {
    if (`sha256:${hash.digest('hex')}` !== layer.diffId) {
      throw new SandboxError('IMAGE_INVALID', `layer ${layer.digest} doesn't have the image's diff ID ${layer.diffId}`);
    }
  });
  return { tar, verified };
}

async function decompress(blob: Readable, tar: Transform, digest: string): Promise<void> {
  try {
    const start = await firstBytes(blob);
    if (start.readUInt32LE(0) === zstdMagic) {
      throw new SandboxError(
        'IMAGE_INVALID',
        `layer ${digest} is compressed with zstd, which Docker schema 2 doesn't support`,
      );
    }
    const unpacking = start.readUInt16BE(0) === gzipMagic ? createGunzip({ chunkSize: 2 ** 18 }) : new PassThrough();
    await pipeline(blob, unpacking, tar);
  } catch (error) {
    tar.destroy(error as Error);
    if (error instanceof SandboxError) throw error;
    throw new SandboxError('IMAGE_INVALID', `layer ${digest} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const gzipMagic = 0x1f8b;
const zstdMagic = 0xfd2fb528;

/** Peeks at the first four bytes, padded with zeros. */
async function firstBytes(stream: Readable): Promise<Buffer> {
  const start = Buffer.alloc(4);
  await new Promise<void>((resolve, reject) => {
    stream.once('readable', resolve).once('error', reject);
  });
  const chunk = stream.read() as Buffer | null;
  if (chunk) {
    chunk.copy(start);
    stream.unshift(chunk);
  }
  return start;
}
