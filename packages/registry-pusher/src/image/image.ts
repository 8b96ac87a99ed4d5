import type { Readable } from 'node:stream';
import type { Blob } from './blob.ts';
import type { ImageConfig } from './config.ts';
import type { Descriptor } from './descriptor.ts';
import { type Digest, digestOf } from './digest.ts';
import type { Manifest } from './manifest.ts';

/** A repository in a registry, as in `registry.heroku.com` and `shop/web`. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

/** A layer whose compressed bytes are in a registry: from a base image or an earlier push. */
export interface StoredLayer {
  readonly kind: 'stored';
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
  readonly from: Repository;
  /** Reads the same bytes from a file here, until the build that downloaded them is closed. */
  readonly local?: Blob['open'];
  /** Makes the same layer without the registry, in case that the registry can't serve it anymore. */
  readonly remake?: () => Promise<Layer>;
}

/** A layer whose gzipped bytes are here. */
export interface BlobLayer {
  readonly kind: 'blob';
  readonly diffId: Digest;
  readonly blob: Blob;
}

/** A layer that a push compresses. `tar()` returns the same bytes at every call; their digest is `diffId`. */
export interface UncompressedLayer {
  readonly kind: 'tar';
  readonly diffId: Digest;
  readonly tar: () => Readable;
}

export type Layer = StoredLayer | BlobLayer | UncompressedLayer;

/** An image to push: its config's exact bytes, and where each layer's bytes come from. */
export interface Image {
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  /** The digest of `configBytes`. Heroku calls it `docker_image`. */
  readonly imageId: Digest;
  readonly layers: readonly Layer[];
}

/** An image in a registry, resolved to one platform and verified against its digests. */
export interface RemoteImage {
  readonly from: Repository;
  /** The digest of the manifest as the registry serves it, before any conversion. */
  readonly manifestDigest: Digest;
  /** As Docker schema 2; converted if the registry has OCI. */
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly imageId: Digest;
}

/** Creates an image. Serializes the config once: its bytes and the image ID belong together. */
export function imageOf(config: ImageConfig, layers: readonly Layer[]): Image {
  const configBytes = Buffer.from(JSON.stringify(config));
  return { config, configBytes, imageId: digestOf(configBytes), layers };
}

/** Returns a remote image's layers, each with its diff ID. */
export function storedLayers(image: RemoteImage): StoredLayer[] {
  return image.manifest.layers.map((descriptor, index) => ({
    kind: 'stored',
    diffId: image.config.rootfs.diff_ids[index]!,
    descriptor,
    from: image.from,
  }));
}
