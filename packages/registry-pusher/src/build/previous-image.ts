import type { PreviousImage } from './builder.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { Platform } from '../image/platform.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';

export interface FindPreviousOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  /** Called with the reason why an image can't be reused. */
  readonly onSkipped?: ((reason: string) => void) | undefined;
}

export interface FoundImages {
  /** The image to reuse layers from. */
  readonly previous?: PreviousImage;
  /** The image that the target tag refers to now. */
  readonly current?: PreviousImage;
}

/** Finds the image to reuse layers from: the one at the target's tag, or the repository's `latest`. */
export async function findPreviousImage(
  registry: Pick<RegistryClient, 'getImage'>,
  target: ImageReference,
  { platform, signal, onSkipped }: FindPreviousOptions,
): Promise<FoundImages> {
  const options = { platform, ...(signal === undefined ? {} : { signal }) };
  const { tag = 'latest', ...repository } = withDefaultTag(target);
  for (const each of new Set([tag, 'latest'])) {
    const reference = { ...repository, tag: each };
    const previous = await registry.getImage(reference, options).catch((error: unknown) => {
      if (!isUnusable(error)) throw error;
      onSkipped?.(`can't reuse ${formatImageReference(reference)}: ${error.message}`);
    });
    if (previous !== undefined) return each === target.tag ? { previous, current: previous } : { previous };
  }
  return {};
}

const unusableCodes = new Set(['PLATFORM_MISSING', 'MEDIA_TYPE_REFUSED', 'MANIFEST_INVALID', 'CONFIG_INVALID']);

/** A tag may refer to any image. The push replaces it. */
function isUnusable(error: unknown): error is RegistryPusherError {
  return error instanceof RegistryPusherError && unusableCodes.has(error.code);
}
