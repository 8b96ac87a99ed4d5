import { Readable } from 'node:stream';
import { type Digest, digestOf, type Image, imageOf, type Layer, type RegistryClient } from '@tozo/registry-pusher';
import {
  herokuRegistry,
  type ImagePublisher,
  type ImageToPublish,
  type PublishedImages,
  type PublishOptions,
} from '../ports.ts';

/** The tag that a deploy moves. A release refers to an image ID, never to this tag. */
const tag = 'latest';

export function createPublisher(registry: RegistryClient): ImagePublisher {
  return {
    readLatest: (repository, options) =>
      registry.getImage({ registry: herokuRegistry, repository, tag }, { ...options, forPush: true }),
    readManifest: (repository, digest, options) =>
      registry.getImage({ registry: herokuRegistry, repository, digest }, options),
    publish: (images, options) => publish(registry, images, options),
    async readLabels(repository, labelsTag, options) {
      const image = await registry.getImage({ registry: herokuRegistry, repository, tag: labelsTag }, options);
      return image?.config.config?.Labels;
    },
    async publishLabels(repository, [first, ...tags], labels, options) {
      await registry.push(
        labelsImage(labels),
        { registry: herokuRegistry, repository, tag: first },
        { ...options, tags },
      );
    },
  };
}

/** Returns an image with labels and one empty layer. Some registries refuse an image without layers. */
function labelsImage(labels: Readonly<Record<string, string>>): Image {
  const tar = Buffer.alloc(1024); // the end of an archive
  const diffId = digestOf(tar);
  const layer: Layer = { kind: 'tar', diffId, tar: () => Readable.from([tar]) };
  const config = { Labels: labels };
  return imageOf({ architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [diffId] } }, [
    layer,
  ]);
}

/** Images share layers: the first push sends them, the others send a config and mount them. */
async function publish(
  registry: RegistryClient,
  images: readonly ImageToPublish[],
  { onProgress, onWarning, ...options }: PublishOptions,
): Promise<PublishedImages> {
  let total: PublishedImages = { sentBytes: 0, reusedBytes: 0, manifests: {} };
  const published = new Map<Digest, Layer>();
  for (const { repository, image } of images) {
    const sentBefore = total.sentBytes;
    const result = await registry.push(
      { ...image, layers: image.layers.map((layer) => published.get(layer.diffId) ?? layer) },
      { registry: herokuRegistry, repository, tag },
      {
        ...options,
        ...(onWarning === undefined ? {} : { onNote: onWarning }),
        onProgress: ({ sentBytes, totalBytes }) =>
          onProgress({ sentBytes: sentBefore + sentBytes, totalBytes: sentBefore + totalBytes }),
      },
    );
    for (const layer of result.layers) if (!published.has(layer.diffId)) published.set(layer.diffId, layer);
    total = {
      sentBytes: total.sentBytes + result.sentBytes,
      reusedBytes: total.reusedBytes + result.reusedBytes,
      manifests: { ...total.manifests, [repository]: result.manifestDigest },
    };
  }
  return total;
}
