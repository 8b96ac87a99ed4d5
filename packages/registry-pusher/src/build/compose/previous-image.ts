import type { PreviousImage } from '../builder.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Platform } from '../../image/platform.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../../image/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';

export interface PreviousOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  /** Told of what the tag holds, when nothing of it can be used again. */
  readonly onSkipped?: ((sentence: string) => void) | undefined;
}

/** An image with the tag that it was found at. */
export interface TaggedImage extends PreviousImage {
  readonly tag: string;
}

/** The image whose layers are used again: what the tag holds, else the repository's latest. */
export async function previousImage(
  registry: Pick<RegistryClient, 'getImage'>,
  target: ImageReference,
  { platform, signal, onSkipped }: PreviousOptions,
): Promise<TaggedImage | undefined> {
  const options = { platform, ...(signal === undefined ? {} : { signal }) };
  const { tag = 'latest', ...repository } = withDefaultTag(target);
  for (const each of new Set([tag, 'latest'])) {
    const reference = { ...repository, tag: each };
    const found = await registry.getImage(reference, options).catch((error: unknown) => {
      if (!isNotOurs(error)) throw error;
      onSkipped?.(`nothing of ${formatImageReference(reference)} is used again: ${error.message}`);
    });
    if (found !== undefined) return { ...found, tag: each };
  }
  return undefined;
}

const notOurs = new Set(['PLATFORM_MISSING', 'MEDIA_TYPE_REFUSED', 'MANIFEST_INVALID', 'CONFIG_INVALID']);

/** A tag may hold anything, and what it holds is about to be replaced. */
function isNotOurs(error: unknown): error is RegistryPusherError {
  return error instanceof RegistryPusherError && notOurs.has(error.code);
}
