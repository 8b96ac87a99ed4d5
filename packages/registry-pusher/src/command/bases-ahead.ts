import { readFile } from 'node:fs/promises';
import type { ImageReader } from '../builders/base-image.ts';
import type { BuildRequest } from '../builders/builder.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import type { RemoteImage } from '../image/image.ts';
import { lockPathOf, readLock } from '../lock/base-lock.ts';
import { formatImageReference, type ImageReference, parseImageReference, withDefaultTag } from '../reference.ts';
import type { GetImageOptions } from '../registry/client.ts';

/**
 * A reader that has begun to read the bases which a Dockerfile names in plain words, so that the registry answers while others
 * are asked. Nothing comes of it where a lock file names other digests, nor of a failure: building asks again, and tells it.
 */
export async function readAhead(
  { dockerfile: path }: BuildRequest,
  registry: ImageReader,
  signal: AbortSignal,
): Promise<ImageReader> {
  if ((await readLock(lockPathOf(path))) !== undefined) return registry;
  const begun = new Map<string, Promise<RemoteImage | undefined>>();
  for (const reference of await basesOf(path)) {
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

async function basesOf(path: string): Promise<ImageReference[]> {
  const { instructions } = parseDockerfile(await readFile(path, 'utf8'));
  const stages = new Set<string>();
  return instructions.flatMap((each) => {
    if (each.keyword !== 'FROM') return [];
    const isPlain = !each.image.includes('$') && each.image !== 'scratch' && !stages.has(each.image.toLowerCase());
    if (each.name !== undefined) stages.add(each.name.toLowerCase());
    return isPlain ? [withDefaultTag(parseImageReference(each.image))] : [];
  });
}
