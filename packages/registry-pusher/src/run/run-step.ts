import type { ImageReference } from '../image/reference.ts';
import type { Platform } from '../image/platform.ts';

/** What a RUN executes. */
export type RunCommand =
  /** The exec form: a program and its arguments. */
  | { readonly form: 'exec'; readonly words: readonly string[] }
  /** The text for the shell, with the bodies of its heredocs. */
  | { readonly form: 'shell'; readonly script: string }
  /** A heredoc that starts with `#!`: a program at `/dev/pipes/NAME`, which the shell starts. */
  | { readonly form: 'script'; readonly name: string; readonly content: string };

/** Where a bind or cache mount takes its files from. Without a source, a bind mount uses the build context. */
export type RunMountSource =
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: ImageReference }
  | { readonly kind: 'context'; readonly name: string };

interface MountBase {
  /** Absolute in the image. */
  readonly target: string;
}

/** `RUN --mount=type=bind`. What RUN writes to it is lost. */
export interface BindMount extends MountBase {
  readonly type: 'bind';
  readonly from?: RunMountSource;
  /** A path in `from`; `/` is all of it. */
  readonly source: string;
  readonly readWrite: boolean;
}

/** `RUN --mount=type=cache`. Its files outlive the build on this machine, and never reach the image. */
export interface CacheMount extends MountBase {
  readonly type: 'cache';
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly from?: RunMountSource;
  readonly source: string;
  readonly readOnly: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** `RUN --mount=type=tmpfs`. */
export interface TmpfsMount extends MountBase {
  readonly type: 'tmpfs';
  /** Bytes; undefined means no limit. */
  readonly size?: number;
}

/** `RUN --mount=type=secret`: a file, a variable, or both. */
export interface SecretMount {
  readonly type: 'secret';
  readonly id: string;
  /** Absolute in the image. Undefined if the secret is only a variable. */
  readonly target?: string;
  /** The name of the environment variable. */
  readonly env?: string;
  readonly required: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type RunMount = BindMount | CacheMount | TmpfsMount | SecretMount;

/** RUN, with everything expanded: all that it can see except the files below. */
export interface RunStep {
  readonly kind: 'run';
  /** 1-based line in the Dockerfile. */
  readonly line: number;
  /** The instruction as written, continued lines joined. */
  readonly text: string;
  readonly command: RunCommand;
  /** The shell of the shell form, such as `/bin/sh -c`. */
  readonly shell: readonly string[];
  /** `user[:group]`, names or numbers. Empty means root. */
  readonly user: string;
  /** Absolute. */
  readonly workdir: string;
  /** `NAME=value`: ENV and the ARGs in scope, in order. Contains neither SOURCE_DIGEST nor proxies. */
  readonly env: readonly string[];
  /** `NAME=value` of proxy ARGs, which RUN sees and nothing depends on. */
  readonly proxies: readonly string[];
  readonly network: 'default' | 'none' | 'host';
  readonly mounts: readonly RunMount[];
  readonly platform: Platform;
}
