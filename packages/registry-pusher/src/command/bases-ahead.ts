import { readFile } from 'node:fs/promises';
import type { ImageReader } from '../builders/base-image.ts';
import type { BuildRequest } from '../builders/builder.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { planStages } from '../dockerfile/stages.ts';
import type { RemoteImage } from '../image/image.ts';
import { lockPathOf, readLock } from '../lock/base-lock.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../reference.ts';
import type { GetImageOptions } from '../registry/client.ts';

/**
 * A reader that has begun to read the bases of a Dockerfile, so that the registry answers while others
 * are asked. Nothing comes of it where a lock file names other digests, nor of a failure: building asks again, and tells it.
 */
export async function readAhead(
  request: BuildRequest,
  registry: ImageReader,
  signal: AbortSignal,
): Promise<ImageReader> {
  if ((await readLock(lockPathOf(request.dockerfile))) !== undefined) return registry;
  const begun = new Map<string, Promise<RemoteImage | undefined>>();
  for (const reference of await basesOf(request)) {
    const reading = registry.getImage(reference, { signal });
    reading.catch(() => undefined);
    begun.set(formatImageReference(reference), reading);
  }
  return {
    getDigest: (reference, options) => registry.getDigest(reference, options),
    readBlob: (from, descriptor, options) => registry.readBlob(from, descriptor, options),
    getImage: (reference: ImageReference, options?: GetImageOptions) =>
      begun.get(formatImageReference(withDefaultTag(reference))) ?? registry.getImage(reference, options),
  };
}

async function basesOf(request: BuildRequest): Promise<ImageReference[]> {
  const { needed } = planStages(parseDockerfile(await readFile(request.dockerfile, 'utf8')), request);
  return needed.flatMap(({ base }) => (base.kind === 'image' ? [withDefaultTag(base.reference)] : []));
}
