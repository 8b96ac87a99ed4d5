import { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import { type Layer, type StoredLayer, storedLayers } from '../../image/image.ts';
import { decompressed } from '../../tar/decompress.ts';
import type { SpooledBlob } from '../loopback/blob-upload.ts';
import type { LoopbackRegistry } from '../loopback/loopback-registry.ts';
import { createRegistryClient } from '../../registry/create-client.ts';
import type { KnownLayers } from './known-layers.ts';
import type { TakenImage, TakenLayer } from './taken-image.ts';

/**
 * Reads the image that an engine pushed, as any image is read from a registry: of an index the one for linux/amd64, attestations
 * left out, OCI's media types as Docker's.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING and what the registry client throws
 */
export async function readPushedImage(
  { image, login, blob }: LoopbackRegistry,
  known: KnownLayers,
  signal: AbortSignal | undefined,
): Promise<TakenImage> {
  const client = createRegistryClient({ endpoints: { [image.registry]: { credentials: login } } });
  try {
    const pushed = await client.getImage(image, signal === undefined ? {} : { signal });
    if (pushed === undefined) throw unreadable('it has no manifest');
    const layers = storedLayers(pushed).map((layer) => {
      const stored = known.byDiffId.get(layer.diffId);
      const sent = blob(layer.descriptor.digest);
      if (sent === undefined && stored === undefined)
        throw unreadable(`its layer ${layer.descriptor.digest} is missing`);
      return takenLayer(layer, stored, sent);
    });
    return { config: pushed.config, configBytes: pushed.configBytes, layers };
  } finally {
    await client.close();
  }
}

function takenLayer(pushed: StoredLayer, stored: StoredLayer | undefined, sent: SpooledBlob | undefined): TakenLayer {
  const { diffId } = pushed;
  if (sent === undefined) return { diffId, layer: async () => stored! };
  const { content } = sent;
  if (content?.diffId !== diffId) throw unreadable(`its layer ${sent.digest} does not unpack to ${diffId}`);
  return {
    diffId,
    layer: async () => stored ?? asSent(pushed, sent),
    lookThrough: async () => content,
  };
}

/** A layer that registries of Docker images take as it is, or else its tar file, to be packed again. */
function asSent({ diffId, descriptor }: StoredLayer, { open }: SpooledBlob): Layer {
  if (isGzippedLayer(descriptor)) return { kind: 'blob', diffId, blob: { descriptor, open } };
  return { kind: 'tar', diffId, tar: () => Readable.from(decompressed(open()), { objectMode: false }) };
}

function unreadable(why: string): RegistryPusherError {
  return new RegistryPusherError('ENGINE_BUILD_FAILED', `The image that Docker pushed cannot be read: ${why}.`);
}
