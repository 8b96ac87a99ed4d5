import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { LimitFunction } from 'p-limit';
import type { Blob } from '../../image/blob.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import { type Digest, shortDigest } from '../../image/digest.ts';
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
  /** The layers whose stored bytes couldn't be read, and why. */
  readonly unreadable: Map<Digest, unknown>;
  /** Called when the push ends, whether or not it succeeded. */
  readonly cleanUp: (() => Promise<void>)[];
}

/** Returns a layer as the target registry accepts it. Compresses what isn't gzipped yet. */
export async function layerBlob(context: LayerContext, layer: Layer): Promise<Blob> {
  if (layer.kind === 'blob') return layer.blob;
  if (layer.kind === 'tar') return compress(context, layer);
  const { diffId, descriptor } = layer;
  const stored = layer.local ?? ((start?: number) => context.openStored(layer, start, context.signal));
  const open = (start?: number) => noteFailure(context, diffId, stored(start));
  if (isGzippedLayer(descriptor)) return { descriptor, open };
  return compress(context, { diffId, tar: () => Readable.from(tarOf(layer, open()), { objectMode: false }) });
}

async function* noteFailure(
  { unreadable, signal }: LayerContext,
  diffId: Digest,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (!signal.aborted) unreadable.set(diffId, error);
    throw error;
  }
}

/** Returns the repository from which the target's registry can mount a layer's blob. */
export function mountSource({ session, repository }: UploadTarget, layer: Layer): string | undefined {
  if (layer.kind !== 'stored' || !isGzippedLayer(layer.descriptor)) return undefined;
  const { from } = layer;
  return from.registry === session.name && from.repository !== repository ? from.repository : undefined;
}

/**
 * Makes a layer again whose stored bytes the registry didn't serve.
 * @returns undefined if that isn't why the push failed, or if the layer is only in that registry
 */
export async function remakeLayer(
  context: LayerContext,
  layer: Layer,
  onNote: ((line: string) => void) | undefined,
): Promise<Blob | undefined> {
  const failure = context.unreadable.get(layer.diffId);
  if (failure === undefined || layer.kind !== 'stored' || layer.remake === undefined || context.signal.aborted)
    return undefined;
  const { descriptor, from, diffId, remake } = layer;
  onNote?.(
    `Made the layer ${shortDigest(descriptor.digest)} again, which can't be reused from ${from.registry}/${from.repository}: ${(failure as Error).message}`,
  );
  const remade = await remake();
  if (remade.diffId === diffId) return layerBlob(context, remade);
  throw new RegistryPusherError(
    'FILE_CHANGED',
    `The files of layer ${shortDigest(diffId)} changed during the build: wait until nothing writes to them, then retry.`,
  );
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
