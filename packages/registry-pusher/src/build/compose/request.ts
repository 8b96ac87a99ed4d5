import type { Readable } from 'node:stream';
import type { RunConfig } from '../../image/config.ts';
import type { Platform } from '../../image/platform.ts';
import type { ImageReference } from '../../image/reference.ts';

/** Files and folders that become one layer, as by COPY: a folder's content is copied, not the folder. */
export interface FilesLayer {
  /** Paths or patterns, relative to the context; nothing outside of it can be named. */
  readonly files: string | readonly string[];
  /** Absolute in the image; a slash at its end means a folder. */
  readonly to: string;
  /** `user[:group]`, numbers, or names that the base knows; default root. */
  readonly owner?: string;
  /** Permission bits for files and folders; default 0644 or, where the owner may execute it, 0755, and 0755 for folders. */
  readonly mode?: number;
  /** Patterns, relative to each source, of what is left out. */
  readonly exclude?: readonly string[];
}

/** A layer that was made elsewhere: a tar file, plain or packed by gzip or zstd. It goes in as it is. */
export interface TarLayer {
  /** A path, from the context on, or what gives the same bytes at every call: it is read twice. */
  readonly tar: string | (() => Readable);
  /** How the image's history calls it; default `layer from a tar file`. */
  readonly createdBy?: string;
}

/** An image without a Dockerfile. */
export interface ComposeRequest {
  /** The image to build on, as `node:20-slim`, or `scratch`. */
  readonly base: string | ImageReference;
  /** Lowest first. */
  readonly layers: readonly (FilesLayer | TarLayer)[];
  /**
   * How containers are run. Variables, labels, ports and volumes are added to the base's, everything else replaces what the base
   * says; an `Entrypoint` without a `Cmd` takes the base's away.
   */
  readonly config?: RunConfig;
  /** Where files are found; an absolute path, default the current folder. Its `.dockerignore` counts. */
  readonly context?: string;
  /** Default linux/amd64. */
  readonly platform?: Platform;
  /** Seconds since 1970 given to every file; default 0. */
  readonly sourceDateEpoch?: number;
  /** Values that must not stand in any file of the image. */
  readonly secrets?: readonly string[];
}
