import type { Image, RemoteImage } from '../image/image.ts';
import type { Digest } from '../image/digest.ts';
import type { ImageReference } from '../image/reference.ts';

/** What an image is built from. Paths are absolute. */
export interface BuildRequest {
  /** The build context: what COPY reads. */
  readonly context: string;
  readonly dockerfile: string;
  /** The stage to build, by its name; default the last one. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** A commit, kept as the label org.opencontainers.image.revision; it never makes an image differ by itself. */
  readonly revision?: string;
  /** Seconds since 1970 given to every entry; default 0. */
  readonly sourceDateEpoch?: number;
  /** Values that must not stand in any file of the image. */
  readonly secrets?: readonly string[];
  /**
   * An absolute path to a folder in which the digests of files are kept from run to run, so that a file whose inode, size
   * and times are the same is not read again. Default none; nothing depends on it.
   */
  readonly cacheDirectory?: string;
}

/** One layer of a described image. */
export interface DescribedLayer {
  /** The instruction as it stands in the Dockerfile, on one line. */
  readonly instruction: string;
  /** 1-based line in the Dockerfile. */
  readonly line: number;
  readonly sourceDigest: Digest;
  readonly diffId: Digest;
  /** True when the previous image holds it already. */
  readonly reused: boolean;
  /** How many files it holds; unknown of one that stayed where it was built. */
  readonly files?: number;
  /** Uncompressed bytes of file content, known with the number of files. */
  readonly size?: number;
}

export interface DescribedBase {
  readonly reference: ImageReference;
  readonly manifestDigest: Digest;
  /** True for the sandbox's small stand-in of a Docker Hub image (label `dev.tozo.stand-in`). */
  readonly standIn: boolean;
}

/** What would be built. Nothing has been uploaded. */
export interface DescribedImage {
  readonly image: Image;
  /** Over base, layers' sources and config: the value of `ARG SOURCE_DIGEST` (design decision 6). */
  readonly sourceDigest: Digest;
  /** Whether the Dockerfile declares `ARG SOURCE_DIGEST`, so that the running app can prove its version. */
  readonly declaresSourceDigest: boolean;
  readonly base?: DescribedBase;
  readonly layers: readonly DescribedLayer[];
  readonly warnings: readonly string[];
}

/** The image that the last deploy pushed, from which layers are reused. */
export type PreviousImage = RemoteImage;
