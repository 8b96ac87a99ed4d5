import type { Digest } from '../../image/digest.ts';
import { type ImageReference, withDefaultTag } from '../../image/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { pinName } from './lock-file.ts';

/** An image that a lock file pins. */
export interface PinnedImage {
  readonly reference: ImageReference;
  readonly digest: Digest;
}

/**
 * Returns a warning if a pinned image's tag points to another image now. A registry that doesn't say so is no reason for one.
 * @param lockPath for the message
 */
export async function warnIfMoved(
  { reference, digest }: PinnedImage,
  lockPath: string,
  registry: Pick<RegistryClient, 'getDigest'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string[]> {
  const tag = withDefaultTag(reference);
  const now = await registry.getDigest(tag, options).catch(() => undefined);
  if (now === undefined || now === digest) return [];
  return [
    `${pinName(tag)} is now ${now}; the build uses ${digest}, pinned in ${lockPath}. Pin again to use the newer one (--pin).`,
  ];
}
