import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Digest } from '../../image/digest.ts';
import { decompress } from '../../tar/decompress.ts';
import { scanLayer } from '../loopback/scan-layer.ts';
import type { ExportedLayer } from './exported-image.ts';

/** Reads a saved layer, which engines with the containerd image store compress. */
export function layerFromFile(diffId: Digest, path: string): ExportedLayer {
  const read = () => createReadStream(path, { highWaterMark: 256 * 1024 });
  const tar = () => Readable.from(decompress(read()), { objectMode: false });
  return {
    diffId,
    layer: async () => ({ kind: 'tar', diffId, tar }),
    scan: (secrets) => scanLayer(read(), secrets),
  };
}
