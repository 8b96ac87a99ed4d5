import { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { isGzippedLayer } from '../../image/descriptor.ts';
import { type Layer, type StoredLayer, storedLayers } from '../../image/image.ts';
import { decompress } from '../../tar/decompress.ts';
import type { SpooledBlob } from '../loopback/blob-upload.ts';
import type { LoopbackRegistry } from '../loopback/loopback-registry.ts';
import { createRegistryClient } from '../../registry/create-client.ts';
import type { ExportedImage, ExportedLayer } from './exported-image.ts';
import type { KnownLayers } from './known-layers.ts';

/**
 * Reads the image that an engine pushed, with the usual rules: selects linux/amd64 from an index, skips attestations, and
 * converts OCI media types to Docker's.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING and the errors of the registry client
 */
export async function readPushedImage(
  { image, login, blob }: LoopbackRegistry,
  known: KnownLayers,
  signal: AbortSignal | undefined,
): Promise<ExportedImage> {
  const client = createRegistryClient({ endpoints: { [image.registry]: { credentials: login } } });
  try {
    const pushed = await client.getImage(image, signal === undefined ? {} : { signal });
    if (pushed === undefined) throw unreadableError('it has no manifest');
    const layers = storedLayers(pushed).map((layer) => {
      const stored = known.byDiffId.get(layer.diffId);
      const sent = blob(layer.descriptor.digest);
      if (sent === undefined && stored === undefined)
        throw unreadableError(`its layer ${layer.descriptor.digest} is missing`);
      return exportedLayer(layer, stored, sent);
    });
    return { config: pushed.config, configBytes: pushed.configBytes, layers };
  } finally {
    await client.close();
  }
}

function exportedLayer(
  pushed: StoredLayer,
  stored: StoredLayer | undefined,
  sent: SpooledBlob | undefined,
): ExportedLayer {
  const { diffId } = pushed;
  if (sent === undefined) return { diffId, layer: async () => stored! };
  const { content } = sent;
  if (content?.diffId !== diffId) throw unreadableError(`its layer ${sent.digest} doesn't decompress to ${diffId}`);
  return {
    diffId,
    layer: async () =>
      stored === undefined ? toLayer(pushed, sent) : { ...stored, remake: async () => toLayer(pushed, sent) },
    scan: async () => content,
  };
}

/** Returns a gzip layer unchanged, and any other one as a tar file to compress. */
function toLayer({ diffId, descriptor }: StoredLayer, { open }: SpooledBlob): Layer {
  if (isGzippedLayer(descriptor)) return { kind: 'blob', diffId, blob: { descriptor, open } };
  return { kind: 'tar', diffId, tar: () => Readable.from(decompress(open()), { objectMode: false }) };
}

function unreadableError(why: string): RegistryPusherError {
  return new RegistryPusherError('ENGINE_BUILD_FAILED', `Can't read the image that Docker pushed: ${why}.`);
}
