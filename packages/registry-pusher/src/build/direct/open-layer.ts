import { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Layer } from '../../image/image.ts';
import type { ImageReader } from '../base-image.ts';

/** Returns a layer's tar. One that the registry no longer has is made again. */
export async function openLayer(
  layer: Layer,
  registry: ImageReader,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  if (layer.kind === 'tar') return layer.tar();
  if (layer.kind === 'blob') return Readable.from(layer.blob.open(), { objectMode: false });
  if (layer.local !== undefined) return Readable.from(layer.local(), { objectMode: false });
  const options = signal === undefined ? {} : { signal };
  try {
    return await startReading(await registry.readBlob(layer.from, layer.descriptor, options));
  } catch (error) {
    const isFinal = layer.remake === undefined || signal?.aborted === true;
    if (isFinal || !(error instanceof RegistryPusherError)) throw error;
    return openLayer(await layer.remake(), registry, signal);
  }
}

/** Returns the same bytes once the first of them have arrived: the registry has them. */
async function startReading(bytes: Readable): Promise<Readable> {
  const chunks = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let next = await chunks.next();
  const all = async function* () {
    try {
      for (; next.done !== true; next = await chunks.next()) yield next.value;
    } finally {
      bytes.destroy();
    }
  };
  return Readable.from(all(), { objectMode: false });
}
