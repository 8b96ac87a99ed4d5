import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type pLimit from 'p-limit';
import { RegistryPusherError } from '../../image/errors.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { Layer, NewLayer, PackedLayer, StoredLayer } from '../../image/image.ts';
import { decompressed } from '../../tar/decompress.ts';
import { readBlob } from '../client/blob.ts';
import { compressLayer } from './compress.ts';
import type { RegistrySession } from '../client/session.ts';
import type { BlobToPlace, UploadTarget } from './upload-request.ts';

/** A blob on its way, and where in the target's registry it may lie already. */
export interface Parcel extends BlobToPlace {
  readonly mountFrom?: string;
}

/** Where layers are packed for one push. */
export interface Workshop extends UploadTarget {
  readonly sessionOf: (registry: string) => RegistrySession;
  readonly compressions: ReturnType<typeof pLimit>;
  /** What is to be done when the push has ended, however it ended. */
  readonly cleanUp: (() => Promise<void>)[];
}

/** A layer's blob: what a registry holds as it is where it is packed by gzip, everything else packed here. */
export async function parcelOf(shop: Workshop, layer: Layer): Promise<Parcel> {
  if (layer.kind === 'packed') return parcel(layer);
  if (layer.kind === 'new') return layer.packed === undefined ? packed(shop, layer) : parcel(layer.packed);
  const { descriptor, from } = layer;
  const open = (start?: number) =>
    readBlob(shop.sessionOf(from.registry), from.repository, descriptor, shop.signal, start);
  if (descriptor.mediaType !== mediaTypes.dockerLayerGzip)
    return packed(shop, {
      diffId: layer.diffId,
      tar: () => Readable.from(tarOf(layer, open()), { objectMode: false }),
    });
  const elsewhere = from.registry === shop.session.name && from.repository !== shop.repository;
  const { digest, size } = descriptor;
  return { digest, size, open, ...(elsewhere ? { mountFrom: from.repository } : {}) };
}

function parcel({ descriptor: { digest, size }, open }: Pick<PackedLayer, 'descriptor' | 'open'>): Parcel {
  return { digest, size, open };
}

async function packed(shop: Workshop, layer: Pick<NewLayer, 'diffId' | 'tar'>): Promise<Parcel> {
  const compressed = await shop.compressions(() => compressLayer(layer, shop.signal));
  shop.cleanUp.push(compressed.close);
  return parcel(compressed);
}

/** @throws RegistryPusherError DIGEST_MISMATCH, MEDIA_TYPE_REFUSED */
async function* tarOf(layer: StoredLayer, blob: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const { diffId, descriptor, from } = layer;
  const subject = `The layer ${descriptor.digest} of ${from.registry}/${from.repository}`;
  const hash = createHash('sha256');
  try {
    for await (const chunk of decompressed(blob)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    const text = `${subject} cannot be unpacked: ${(error as Error).message}. Choose another image.`;
    throw new RegistryPusherError('MEDIA_TYPE_REFUSED', text, { cause: error });
  }
  const unpacked = `sha256:${hash.digest('hex')}`;
  if (unpacked !== diffId)
    throw new RegistryPusherError(
      'DIGEST_MISMATCH',
      `${subject} unpacks to ${unpacked}, and its image names the diff ID ${diffId}: that image is damaged.`,
    );
}
