import type { Image, RemoteImage } from '../image/image.ts';
import type { Digest } from '../image/digest.ts';
import type { ImageReference } from '../image/reference.ts';
import type { CacheEntry } from '../run/cache/cache-entry.ts';
import type { SecretValue } from '../files/secrets.ts';

/** What an image is built from. Paths are absolute. */
export interface BuildRequest {
  /** The build context, which COPY reads. */
  readonly context: string;
  readonly dockerfile: string;
  /** The stage to build, by name. Default the last one. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Directories by the name of the stage or image that each replaces in `COPY --from`, as BuildKit's named contexts do. Absolute.
   * Only the direct builder has them.
   */
  readonly buildContexts?: Readonly<Record<string, string>>;
  /** A commit for the label org.opencontainers.image.revision. By itself it never changes the image. */
  readonly revision?: string;
  /**
   * A fresh value for the label dev.tozo.again. It gives the image a new ID although nothing in it has changed. Later builds
   * without it keep the label as long as nothing changes.
   */
  readonly again?: string;
  /** The time of all files and of the image, in seconds since 1970. By default, a file's time derives from its content. */
  readonly sourceDateEpoch?: number;
  /** Values that must not appear in any file of the image. */
  readonly secrets?: readonly SecretValue[];
  /**
   * An absolute path to a directory for a cache of file digests. A file with the same inode, size and times isn't read again.
   * Optional; the image is the same without it.
   */
  readonly cacheDirectory?: string;
}

/** What every builder accepts next to the request. */
export interface BuildOptions {
  /** The image pushed last. Its layers are reused where nothing they are made from has changed. */
  readonly previous?: PreviousImage | undefined | Promise<PreviousImage | undefined>;
  readonly signal?: AbortSignal | undefined;
}

/** One layer of a built image. */
export interface BuiltLayer {
  /** The instruction as written in the Dockerfile, on one line. */
  readonly instruction: string;
  /** 1-based line in the Dockerfile. */
  readonly line: number;
  readonly sourceDigest: Digest;
  readonly diffId: Digest;
  /** Whether the previous image already contains it. */
  readonly reused: boolean;
  /** The number of files in it, unless the layer stayed where it was built. */
  readonly files?: number;
  /** Uncompressed bytes of file content, known with the number of files. */
  readonly size?: number;
  /** What became of a RUN. */
  readonly run?:
    | { /** Seconds since it was executed. */ readonly age: number; readonly source: string; readonly why?: never }
    | { /** Why it was executed. */ readonly why: string };
}

/** The base image that a build used. */
export interface ResolvedBase {
  readonly reference: ImageReference;
  readonly manifestDigest: Digest;
  /** True for the sandbox's small stand-in of a Docker Hub image (label `dev.tozo.stand-in`). */
  readonly standIn: boolean;
}

/** An image that is ready to push. Nothing has been uploaded. */
export interface BuiltImage {
  readonly image: Image;
  /** Over base, layers' sources and config: the value of `ARG SOURCE_DIGEST` (design decision 6). */
  readonly sourceDigest: Digest;
  /** Whether the Dockerfile declares `ARG SOURCE_DIGEST`, which lets the running app prove its version. */
  readonly declaresSourceDigest: boolean;
  readonly base?: ResolvedBase;
  readonly layers: readonly BuiltLayer[];
  /** The results of RUN and what was copied between stages, also of stages that the image doesn't contain: for a cache. */
  readonly cacheEntries?: readonly CacheEntry[];
  readonly warnings: readonly string[];
  /** Deletes the image's temporary files. Push it first. */
  readonly close: () => Promise<void>;
}

/** The image that the last deploy pushed. */
export type PreviousImage = RemoteImage;
