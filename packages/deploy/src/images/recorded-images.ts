import { type Image, shortDigest, storedLayers } from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';
import type { BuildOutline, Digest, ImageBuilder, ImagePublisher, PublishedImage } from '../ports.ts';
import { type DeployRecord, releasedImages } from '../state/records/record.ts';

/** Returns the images of an earlier deploy in place of a build, to the byte: their image IDs stay. */
export function recordedImages(record: DeployRecord, publisher: ImagePublisher): ImageBuilder {
  const { app, environment, release, commit, at, builder, marker } = record;
  const outline: BuildOutline = {
    builder,
    reason: `${environment ?? app} v${release}`,
    warnings: [],
    declaresSourceDigest: marker !== undefined,
    imagesFrom: { app, ...(environment ? { environment } : {}), release, ...(commit ? { commit } : {}), at },
  };
  return {
    outline,
    buildsBeforePlan: true,
    contextDigest: async () => undefined,
    async build({ previous, signal }) {
      const options = signal ? { signal } : {};
      const reading = Object.entries(releasedImages(record)).map(async ([type, imageId]) => {
        const repository = `${app}/${type}`;
        const image = await readImage(publisher, repository, imageId, record.manifests?.[type], options);
        if (!image) throw missingError(repository, imageId, outline.reason);
        return [type, image] as const;
      });
      const [images, reusable] = await Promise.all([Promise.all(reading), previous]);
      return {
        ...outline,
        ...(marker ? { sourceDigest: marker } : {}),
        layers: [],
        images: Object.fromEntries(images.map(([type, image]) => [type, imageOf(image, reusable)])),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
}

/** Reads an image by its manifest's digest. Not every registry has that, but the tag may still point to the image. */
async function readImage(
  publisher: ImagePublisher,
  repository: string,
  imageId: Digest,
  manifest: Digest | undefined,
  options: { signal?: AbortSignal },
): Promise<PublishedImage | undefined> {
  const found = manifest && (await publisher.readManifest(repository, manifest, options));
  if (found?.imageId === imageId) return found;
  const latest = await publisher.readLatest(repository, options);
  return latest?.imageId === imageId ? latest : undefined;
}

/** Takes the layers that the app's last image has from there: they are in its own repository already. */
function imageOf(image: PublishedImage, last: PublishedImage | undefined): Image {
  const { config, configBytes, imageId } = image;
  const known = new Map(last ? storedLayers(last).map((layer) => [layer.descriptor.digest, layer]) : []);
  const layers = storedLayers(image).map((layer) => known.get(layer.descriptor.digest) ?? layer);
  return { config, configBytes, imageId, layers };
}

function missingError(repository: string, imageId: Digest, what: string): DeployError {
  return new DeployError(
    'IMAGE_MISSING',
    `The registry no longer has the images of ${what}: ${shortDigest(imageId)} isn't in ${repository}. Deploy there again, which builds and pushes them.`,
  );
}
