import { RegistryPusherError } from '../../image/errors.ts';
import type { RemoteImage } from '../../image/image.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../../image/reference.ts';
import type { GetImageOptions, RegistryClient } from '../client/client.ts';

/** Reads an image that must exist. @throws RegistryPusherError IMAGE_NOT_FOUND and the errors of the registry client */
export async function requireImage(
  registry: Pick<RegistryClient, 'getImage'>,
  reference: ImageReference,
  options: GetImageOptions,
): Promise<RemoteImage> {
  const named = withDefaultTag(reference);
  const image = await registry.getImage(named, options);
  if (image !== undefined) return image;
  throw new RegistryPusherError(
    'IMAGE_NOT_FOUND',
    `The image ${formatImageReference(named)} doesn't exist or requires credentials: check its name and tag.`,
  );
}
