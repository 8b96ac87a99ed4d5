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

/** What reads and writes images in registries. */
export interface RegistryClient {
  /**
   * Reads an image's manifest and config, resolving an index to one platform and converting OCI media types.
   * Gives undefined when the repository or the tag does not exist.
   * @throws RegistryPusherError PLATFORM_MISSING, MEDIA_TYPE_REFUSED, DIGEST_MISMATCH, REGISTRY_*, HOST_REFUSED
   */
  getImage(reference: ImageReference, options?: GetImageOptions): Promise<RemoteImage | undefined>;
  /**
   * The digest that a reference's tag stands for now, an index's where there is one; undefined when it does not exist.
   * @throws RegistryPusherError REGISTRY_*, HOST_REFUSED
   */
  getDigest(reference: ImageReference, options?: { signal?: AbortSignal }): Promise<Digest | undefined>;
  /** Streams a blob; the stream fails with DIGEST_MISMATCH when the bytes are not what the descriptor says. */
  readBlob(from: Repository, descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<Readable>;
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
}

export interface PushOptions {
  /** The media types of manifest, config and layers; default `docker`. */
  readonly format?: ManifestFormat;
  /** The manifest's annotations, which `oci` alone has. */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * What the target's tag holds, read a moment ago: when it is this very image, nothing is asked of the registry, and what it
   * consists of is looked for only when the registry says that something is missing.
   */
  readonly current?: RemoteImage;
  /** What the image is called too in its repository, beside the target's own tag. */
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PushProgress) => void;
}

/** How far a push has come, in compressed bytes. */
export interface PushProgress {
  readonly sentBytes: number;
  /** Known once every new layer is compressed; until then what is known so far. */
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
  /** Bytes of blobs that went over the wire to the target, the manifest not counted. */
  readonly sentBytes: number;
  readonly reusedBytes: number;
  readonly blobs: readonly PushedBlob[];
  /** The image's layers as they lie in the target now: from here other images that share them are pushed without their bytes. */
  readonly layers: readonly StoredLayer[];
}

/** How to reach one registry. */
export interface RegistryEndpoint {
  /** Where it answers, e.g. `http://127.0.0.1:5000`; default `https://NAME`, or http for loopback. Plain http is for loopback only. */
  readonly url?: string;
  /** They count before those of {@link RegistryClientOptions.credentials}. */
  readonly credentials?: RegistryCredentials;
}

export interface RegistryClientOptions {
  /** By registry name as it stands in image references: `registry.heroku.com`, `docker.io`. */
  readonly endpoints?: Readonly<Record<string, RegistryEndpoint>>;
  /**
   * Where credentials of other registries are found, as by `dockerCredentials()`; default nowhere. A registry that answers
   * at another host than its own (`endpoints.url`) is looked for by that host.
   */
  readonly credentials?: CredentialSource;
  readonly userAgent?: string;
  /** How long things may take, in milliseconds; the defaults fit registries on the internet. */
  readonly timing?: Partial<Timing>;
  /** Resolves host names; default the system's resolver. */
  readonly lookup?: Lookup;
}
