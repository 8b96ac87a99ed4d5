import { createHash } from 'node:crypto';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import type { StoredLayer } from '../../image/image.ts';
import { uncompressedLayer } from '../layer/build-layer.ts';
import { decompress } from '../../tar/decompress.ts';
import type { ImageReader } from '../base-image.ts';
import type { SourcedTrace } from './layer-sources.ts';

/**
 * Proves that a stored layer is what the files give: its diff ID is computed from the files, and from the bytes that the
 * registry holds. Whoever can write the repository can otherwise put any layer in its place.
 * @throws RegistryPusherError DIGEST_MISMATCH
 */
export async function verifyReused(
  stored: StoredLayer,
  { source, line, text }: SourcedTrace,
  registry: ImageReader,
  signal?: AbortSignal,
): Promise<void> {
  const made = (await uncompressedLayer(source!, signal)).diffId;
  const named = stored.diffId;
  const held = made === named ? await heldDiffId(stored, registry, signal) : named;
  if (held === made) return;
  const { registry: host, repository } = stored.from;
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `Dockerfile line ${line}: ${text}: the layer that ${host}/${repository} holds for it is not what the files give ` +
      `(diff ID ${held} instead of ${made}). Nothing was pushed. Find out who wrote to that repository; a build without the ` +
      `previous image makes every layer anew.`,
  );
}

async function heldDiffId(
  { from, descriptor }: StoredLayer,
  registry: ImageReader,
  signal: AbortSignal | undefined,
): Promise<Digest | 'unreadable'> {
  const hash = createHash('sha256');
  const blob = await registry.readBlob(from, descriptor, signal === undefined ? {} : { signal });
  try {
    for await (const chunk of decompress(blob)) hash.update(chunk);
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    return 'unreadable';
  }
  return `sha256:${hash.digest('hex')}`;
}
