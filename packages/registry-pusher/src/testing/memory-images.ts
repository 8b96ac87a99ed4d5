import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { ImageReader } from '../build/base-image.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { mediaTypes } from '../image/descriptor.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import { type Image, imageOf, type Layer, type RemoteImage, type Repository } from '../image/image.ts';
import { formatImageReference } from '../image/reference.ts';
import { type LayerContent, tarLayer } from './tar-layer.ts';
import { openTar } from './layer-files.ts';

/** Images in memory with a registry client's interface. Counts reads. */
export class MemoryImages implements ImageReader {
  blobsRead = 0;
  imagesRead = 0;
  readonly #images = new Map<string, RemoteImage>();
  readonly #byDigest = new Map<Digest, RemoteImage>();
  readonly #blobs = new Map<string, Buffer>();

  async putBase(
    reference: string,
    layers: readonly LayerContent[],
    run: RunConfig = {},
    rest: Partial<ImageConfig> = {},
  ): Promise<RemoteImage> {
    const tars = await Promise.all(layers.map(tarLayer));
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['node'], ...run },
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
      history: tars.map((_, index) => ({ created_by: `base layer ${index}` })),
      ...rest,
    } as const;
    return this.#put(
      reference,
      { registry: 'docker.io', repository: 'library/base' },
      config,
      tars.map((tar) => gzipSync(tar)),
    );
  }

  /** Keeps a built image as a push would. */
  async push(image: Image, from: Repository = { registry: 'registry.heroku.com', repository: 'shop/web' }) {
    const blobs = await Promise.all(
      image.layers.map(async (layer) =>
        layer.kind === 'stored' ? this.#blobs.get(layer.descriptor.digest)! : gzipSync(await buffer(openTar(layer))),
      ),
    );
    return this.#put(formatImageReference({ ...from, tag: 'latest' }), from, image.config, blobs);
  }

  /** Keeps the bytes of a layer, as a cache's registry does. */
  async keep(layer: Layer | undefined): Promise<void> {
    if (layer?.kind === 'blob') this.#blobs.set(layer.blob.descriptor.digest, await buffer(layer.blob.open()));
  }

  async getImage(reference: Parameters<ImageReader['getImage']>[0]): Promise<RemoteImage | undefined> {
    this.imagesRead++;
    const { digest, ...named } = reference;
    if (digest === undefined) return this.#images.get(formatImageReference(named));
    return this.#byDigest.get(digest);
  }

  async getDigest(reference: Parameters<ImageReader['getDigest']>[0]): Promise<Digest | undefined> {
    return this.#images.get(formatImageReference(reference))?.manifestDigest;
  }

  async readBlob(_: Repository, { digest }: { digest: string }): Promise<Readable> {
    this.blobsRead++;
    return Readable.from([this.#blobs.get(digest)!]);
  }

  #put(reference: string, from: Repository, config: ImageConfig, blobs: readonly Buffer[]): RemoteImage {
    const layers = blobs.map((compressed) => {
      const digest = digestOf(compressed);
      this.#blobs.set(digest, compressed);
      return { mediaType: mediaTypes.dockerLayerGzip, size: compressed.length, digest };
    });
    const { configBytes, imageId } = imageOf(config, []);
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig, size: configBytes.length, digest: imageId },
      layers,
    } as const;
    const manifestDigest = digestOf(JSON.stringify(manifest));
    const image = { from, manifestDigest, manifest, config, configBytes, imageId };
    this.#images.set(reference, image);
    this.#byDigest.set(manifestDigest, image);
    return image;
  }
}
