import type { PushResult, RegistryClient } from '@tozo/registry-pusher';
import type { ImagePublisher, ImageToPublish, PublishedBytes, PublishOptions } from '../ports.ts';

export const herokuRegistry = 'registry.heroku.com';

/** The tag that a deploy moves. A release refers to an image ID, never to this tag. */
const tag = 'latest';

export function createPublisher(registry: RegistryClient): ImagePublisher {
  return {
    readLatest: (repository, options) => registry.getImage({ registry: herokuRegistry, repository, tag }, options),
    publish: (images, options) => publish(registry, images, options),
  };
}

/** The images share their layers: the first push sends them, the others send a config and mount them. */
async function publish(
  registry: RegistryClient,
  images: readonly ImageToPublish[],
  { onProgress, ...options }: PublishOptions,
): Promise<PublishedBytes> {
  let total: PublishedBytes = { sentBytes: 0, reusedBytes: 0 };
  let first: PushResult | undefined;
  for (const { repository, image } of images) {
    const sentBefore = total.sentBytes;
    const result: PushResult = await registry.push(
      first ? { ...image, layers: first.layers } : image,
      { registry: herokuRegistry, repository, tag },
      {
        ...options,
        onProgress: ({ sentBytes, totalBytes }) =>
          onProgress({ sentBytes: sentBefore + sentBytes, totalBytes: sentBefore + totalBytes }),
      },
    );
    first ??= result;
    total = {
      sentBytes: total.sentBytes + result.sentBytes,
      reusedBytes: total.reusedBytes + result.reusedBytes,
    };
  }
  return total;
}
