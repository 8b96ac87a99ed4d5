import type { BuildOptions, PreviousImage } from './builder.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { Platform } from '../image/platform.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';

export interface FindPreviousOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  /** The image to reuse layers from, in place of the target's. */
  readonly reuseFrom?: ImageReference | undefined;
  /** Called with the reason why an image can't be reused. */
  readonly onSkipped?: ((reason: string) => void) | undefined;
}

export interface FoundImages {
  /** The image to reuse layers from. */
  readonly previous?: PreviousImage;
  /** The image that the target tag refers to now. */
  readonly current?: PreviousImage;
}

/** Problems of one image, which another tag may not have. */
const imageProblems: ReadonlySet<string> = new Set([
  'PLATFORM_MISSING',
  'MEDIA_TYPE_REFUSED',
  'MANIFEST_INVALID',
  'CONFIG_INVALID',
  'DIGEST_MISMATCH',
]);

/**
 * Finds the image to reuse layers from: the one at the target's tag, or the repository's `latest`. One that can't be read, for
 * whatever reason, is only skipped: a push doesn't need it.
 * @throws RegistryPusherError ABORTED
 */
export async function findPreviousImage(
  registry: Pick<RegistryClient, 'getImage'>,
  target: ImageReference,
  { platform, signal, reuseFrom, onSkipped }: FindPreviousOptions,
): Promise<FoundImages> {
  const options = { platform, ...(signal === undefined ? {} : { signal }) };
  const skip = (reference: ImageReference, why: string) =>
    onSkipped?.(`can't reuse ${formatImageReference(reference)}: ${why}`);
  if (reuseFrom !== undefined) {
    const named = withDefaultTag(reuseFrom);
    const previous = await orError(registry.getImage(named, options));
    if (previous === undefined) skip(named, "it doesn't exist. Check its name and tag.");
    if (!(previous instanceof RegistryPusherError)) return previous === undefined ? {} : { previous };
    skip(named, previous.message);
    return {};
  }
  const { tag = 'latest', ...repository } = withDefaultTag(target);
  for (const each of new Set([tag, 'latest'])) {
    const reference = { ...repository, tag: each };
    const previous = await orError(registry.getImage(reference, { ...options, forPush: true }));
    if (previous instanceof RegistryPusherError) {
      skip(reference, previous.message);
      if (!imageProblems.has(previous.code)) break;
    } else if (previous !== undefined) return each === target.tag ? { previous, current: previous } : { previous };
  }
  return {};
}

/**
 * Waits for the image of a build's options. A build doesn't need it.
 * @returns a warning in place of an image that can't be read
 * @throws RegistryPusherError ABORTED
 */
export async function settlePrevious({
  previous,
}: BuildOptions): Promise<{ readonly pushed: PreviousImage | undefined; readonly warnings: readonly string[] }> {
  const pushed = await orError(Promise.resolve(previous));
  if (!(pushed instanceof RegistryPusherError)) return { pushed, warnings: [] };
  return { pushed: undefined, warnings: [`The last image can't be reused: ${pushed.message}`] };
}

async function orError<T>(reading: Promise<T>): Promise<T | RegistryPusherError> {
  return reading.catch((error: unknown) => {
    if (error instanceof RegistryPusherError && error.code !== 'ABORTED') return error;
    throw error;
  });
}
