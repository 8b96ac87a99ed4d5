import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Image } from '../../image/image.ts';
import { assertTag } from '../../image/reference.ts';
import type { PushOptions } from '../client/client.ts';

/** @throws RegistryPusherError CONFIG_INVALID when an image's parts don't belong together */
export function assertConsistent({ config, imageId, layers }: Image, configDigest: Digest): void {
  if (configDigest !== imageId)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      `The image ID ${imageId} isn't the digest of the image's config: create the image with imageOf.`,
    );
  const diffIds = layers.map(({ diffId }) => diffId);
  if (diffIds.join() !== config.rootfs.diff_ids.join())
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      `The config of image ${imageId} doesn't list the image's layers: its diff_ids must match them, in order.`,
    );
}

/** @throws RegistryPusherError CONFIG_INVALID, REFERENCE_INVALID */
export function assertValidOptions({ format = 'docker', annotations, tags = [] }: PushOptions): void {
  if (format === 'docker' && annotations !== undefined)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      'Manifests in the format docker have no annotations: use labels, or the format oci.',
    );
  for (const tag of tags) assertTag(tag);
}
