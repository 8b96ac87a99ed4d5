import type { Readable } from 'node:stream';
import type { RunConfig } from '../../image/config.ts';
import type { Platform } from '../../image/platform.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { SecretValue } from '../../files/secrets.ts';

/** Files that become one layer, like COPY: copies a directory's content, not the directory. */
export interface FilesLayer {
  /** Paths or patterns, relative to the context. They can't leave it. */
  readonly files: string | readonly string[];
  /** An absolute path in the image. With a trailing slash, a directory. */
  readonly to: string;
  /** `user[:group]` as numbers or as names in the base. Default root. */
  readonly owner?: string;
  /** Permission bits of files and directories. Default 0644 for files, 0755 for executable files and directories. */
  readonly mode?: number;
  /** Patterns of paths to exclude, relative to each source. */
  readonly exclude?: readonly string[];
}

/** A tar file as a layer, plain or compressed with gzip or zstd. Its content doesn't change. */
export interface TarLayer {
  /** A path relative to the context, or a function that returns the same bytes at every call. */
  readonly tar: string | (() => Readable);
  /** Its name in the image's history. Default `layer from a tar file`. */
  readonly createdBy?: string;
}

/** An image without a Dockerfile. */
export interface ComposeRequest {
  /** The base image, such as `node:20-slim`, or `scratch`. */
  readonly base: string | ImageReference;
  /** Lowest first. */
  readonly layers: readonly (FilesLayer | TarLayer)[];
  /**
   * The config of containers. Adds variables, labels, ports and volumes to the base's, and replaces all other fields. An
   * `Entrypoint` without a `Cmd` removes the base's `Cmd`.
   */
  readonly config?: RunConfig;
  /** The absolute path of the directory with the files. Default the current directory. Its `.dockerignore` applies. */
  readonly context?: string;
  /** Default linux/amd64. */
  readonly platform?: Platform;
  /** The time of all files and of the image, in seconds since 1970. By default, a file's time derives from its content. */
  readonly sourceDateEpoch?: number;
  /** Values that must not be in any file of the image. */
  readonly secrets?: readonly SecretValue[];
}
