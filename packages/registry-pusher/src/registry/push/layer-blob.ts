import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { LimitFunction } from 'p-limit';
import type { Blob } from '../../image/blob.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Layer, StoredLayer } from '../../image/image.ts';
import { decompress } from '../../tar/decompress.ts';
import { type CompressibleLayer, compressLayer } from './compress.ts';
import type { UploadTarget } from './upload-request.ts';

/** Reads a stored layer's blob, from an offset on. */
export type OpenStored = (
  layer: StoredLayer,
  start: number | undefined,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

/** What the layers of one push need to become blobs. */
export interface LayerContext {
  readonly openStored: OpenStored;
  readonly signal: AbortSignal;
  readonly compressions: LimitFunction;
  /** Called when the push ends, whether or not it succeeded. */
  readonly cleanUp: (() => Promise<void>)[];
}

/** Returns a layer as the target registry accepts it. Compresses what isn't gzipped yet. */
export async function layerBlob(context: LayerContext, layer: Layer): Promise<Blob> {
  if (layer.kind === 'blob') return layer.blob;
  if (layer.kind === 'tar') return compress(context, layer);
  const { diffId, descriptor } = layer;
  const open = layer.local ?? ((start?: number) => context.openStored(layer, start, context.signal));
  if (isGzippedLayer(descriptor)) return { descriptor, open };
  return compress(context, { diffId, tar: () => Readable.from(tarOf(layer, open()), { objectMode: false }) });
}

/** Returns the repository from which the target's registry can mount a layer's blob. */
export function mountSource({ session, repository }: UploadTarget, layer: Layer): string | undefined {
  if (layer.kind !== 'stored' || !isGzippedLayer(layer.descriptor)) return undefined;
  const { from } = layer;
  return from.registry === session.name && from.repository !== repository ? from.repository : undefined;
}

function compress({ compressions, signal, cleanUp }: LayerContext, layer: CompressibleLayer): Promise<Blob> {
  return compressions(() => compressLayer(layer, signal, cleanUp));
}

/** @throws RegistryPusherError DIGEST_MISMATCH, MEDIA_TYPE_REFUSED */
async function* tarOf(layer: StoredLayer, blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { diffId, descriptor, from } = layer;
  const subject = `The layer ${descriptor.digest} of ${from.registry}/${from.repository}`;
  const hash = createHash('sha256');
  try {
    for await (const chunk of decompress(blob)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    const text = `${subject} can't be decompressed: ${(error as Error).message}. Choose another image.`;
    throw new RegistryPusherError('MEDIA_TYPE_REFUSED', text, { cause: error });
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== diffId)
    throw new RegistryPusherError(
      'DIGEST_MISMATCH',
      `${subject} decompresses to ${actual}, but its image has the diff ID ${diffId}: the image is damaged. Choose another one.`,
    );
}
