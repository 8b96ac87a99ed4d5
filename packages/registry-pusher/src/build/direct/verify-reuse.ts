import { createHash } from 'node:crypto';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import type { StoredLayer } from '../../image/image.ts';
import { buildUncompressedLayer } from '../layer/build-layer.ts';
import { decompress } from '../../tar/decompress.ts';
import type { ImageReader } from '../base-image.ts';
import type { LayerTrace } from './layer-sources.ts';

/**
 * Verifies that a stored layer matches its source. Computes its diff ID from the files and from the registry's bytes. Without
 * this, anyone who can write to the repository can replace the layer.
 * @returns false if the registry can't serve the layer
 * @throws RegistryPusherError DIGEST_MISMATCH
 */
export async function isReusable(
  stored: StoredLayer,
  { source, line, text }: LayerTrace,
  registry: ImageReader,
  signal?: AbortSignal,
): Promise<boolean> {
  const expected = (await buildUncompressedLayer(source!, signal)).diffId;
  const claimed = stored.diffId;
  const actual = expected === claimed ? await readDiffId(stored, registry, signal) : claimed;
  if (actual === 'gone') return false;
  if (actual === expected) return true;
  const { registry: host, repository } = stored.from;
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `Dockerfile line ${line}: ${text}: the layer in ${host}/${repository} doesn't match the files ` +
      `(diff ID ${actual} instead of ${expected}). Nothing was pushed. Find out who wrote to that repository, or build without ` +
      `the previous image.`,
  );
}

async function readDiffId(
  { from, descriptor }: StoredLayer,
  registry: ImageReader,
  signal: AbortSignal | undefined,
): Promise<Digest | 'unreadable' | 'gone'> {
  const hash = createHash('sha256');
  try {
    const blob = await registry.readBlob(from, descriptor, signal === undefined ? {} : { signal });
    for await (const chunk of decompress(blob)) hash.update(chunk);
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) return 'unreadable';
    if (error.code === 'ABORTED' || error.code === 'DIGEST_MISMATCH') throw error;
    return 'gone';
  }
  return `sha256:${hash.digest('hex')}`;
}
