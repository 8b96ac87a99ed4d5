import type { Readable } from 'node:stream';
import type { Image, RemoteImage, Repository, StoredLayer } from '../../image/image.ts';
import type { Descriptor } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import type { ManifestFormat } from '../../image/manifest.ts';
import type { Platform } from '../../image/platform.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { CredentialSource, RegistryCredentials } from '../login/credentials.ts';
import type { Lookup } from '../transport/lookup.ts';
import type { Timing } from '../transport/timing.ts';

/** Reads and writes images in registries. */
export interface RegistryClient {
  /**
   * Reads an image's manifest and config, resolving an index to one platform and converting OCI media types.
   * Returns undefined when the repository or the tag doesn't exist.
   * @throws RegistryPusherError PLATFORM_MISSING, MEDIA_TYPE_REFUSED, DIGEST_MISMATCH, REGISTRY_*, REFERRAL_REFUSED
   */
  getImage(reference: ImageReference, options?: GetImageOptions): Promise<RemoteImage | undefined>;
  /**
   * Returns the digest that a reference's tag points to now, an index's if it is one; undefined when it doesn't exist.
   * @throws RegistryPusherError REGISTRY_*, REFERRAL_REFUSED
   */
  getDigest(reference: ImageReference, options?: { signal?: AbortSignal }): Promise<Digest | undefined>;
  /** Streams a blob; the stream fails with DIGEST_MISMATCH when the bytes don't match the descriptor. */
  readBlob(from: Repository, descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<Readable>;
  /** Returns whether a registry has a blob. Reads nothing of it. */
  hasBlob(from: Repository, descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<boolean>;
  /**
   * Pushes an image and reads it back: blobs first (at most four at a time), the manifest last.
   * @throws RegistryPusherError REGISTRY_*, DIGEST_MISMATCH, ABORTED
   */
  push(image: Image, target: ImageReference, options?: PushOptions): Promise<PushResult>;
  close(): Promise<void>;
}

export interface GetImageOptions {
  readonly signal?: AbortSignal;
  /** Default linux/amd64. */
  readonly platform?: Platform;
  /**
   * Whether a push to the repository follows. Credentials that may push without reading then count as such at once, and both
   * use one token. Default false.
   */
  readonly forPush?: boolean;
}

export interface PushOptions {
  /** The media types of manifest, config and layers; default `docker`. */
  readonly format?: ManifestFormat;
  /** The manifest's annotations; only `oci` has them. */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * The image that the target's tag points to, read a moment ago. If it is the image to push, the push sends no request. Its
   * blobs count as present until the registry reports that one is missing.
   */
  readonly current?: RemoteImage;
  /** More tags for the image, in addition to the target's. */
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PushProgress) => void;
  /** Called with one line for each layer that couldn't be reused as planned. */
  readonly onNote?: (line: string) => void;
}

/** A push's progress in compressed bytes. */
export interface PushProgress {
  readonly sentBytes: number;
  /** Grows until every new layer is compressed. */
  readonly totalBytes: number;
}

export type BlobOutcome = 'sent' | 'mounted' | 'present';

export interface PushedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly outcome: BlobOutcome;
}

export interface PushResult {
  readonly reference: ImageReference;
  readonly imageId: Digest;
  readonly manifestDigest: Digest;
  /** Bytes of blobs sent to the target, without the manifest. */
  readonly sentBytes: number;
  readonly reusedBytes: number;
  readonly blobs: readonly PushedBlob[];
  /** The image's layers as they are in the target now. Other images that share them can be pushed from here without their bytes. */
  readonly layers: readonly StoredLayer[];
}

/** How to reach one registry. */
export interface RegistryEndpoint {
  /** Its address, e.g. `http://127.0.0.1:5000`; default `https://NAME`, or http for loopback. Plain http is for loopback only. */
  readonly url?: string;
  /** Take precedence over {@link RegistryClientOptions.credentials}. */
  readonly credentials?: RegistryCredentials;
}

export interface RegistryClientOptions {
  /** By registry name as in image references: `registry.heroku.com`, `docker.io`. */
  readonly endpoints?: Readonly<Record<string, RegistryEndpoint>>;
  /**
   * Finds the credentials of other registries, for example `dockerCredentials()`; default none. A registry with another host
   * than its own (`endpoints.url`) is looked up by that host.
   */
  readonly credentials?: CredentialSource;
  readonly userAgent?: string;
  /** Time limits in milliseconds; the defaults fit registries on the internet. */
  readonly timing?: Partial<Timing>;
  /** Resolves host names; default the system's resolver. */
  readonly lookup?: Lookup;
  /** Where manifests and configs are kept by their digest, absolute. Default: nowhere. */
  readonly cacheDirectory?: string;
  /** Receives a line about each wait that a person would notice, for a retry or a response: what for, and how long. */
  readonly onWait?: (line: string) => void;
}
