import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Digest } from '../../image/digest.ts';
import { decompressed } from '../../tar/decompress.ts';
import { lookThrough } from '../loopback/layer-content.ts';
import type { TakenLayer } from './taken-image.ts';

/** A saved layer; engines with the containerd image store save it compressed. */
export function layerInFile(diffId: Digest, path: string): TakenLayer {
  const read = () => createReadStream(path, { highWaterMark: 256 * 1024 });
  const tar = () => Readable.from(decompressed(read()), { objectMode: false });
  return {
    diffId,
    layer: async () => ({ kind: 'tar', diffId, tar }),
    lookThrough: (secrets) => lookThrough(read(), secrets),
  };
}
