import type { Digest } from '../../image/digest.ts';
import type { Platform } from '../../image/platform.ts';

/** A `--mount` of a RUN, with its options expanded. Paths are absolute. */
export type RunMountInput =
  | {
      readonly type: 'bind';
      readonly target: string;
      readonly readOnly: boolean;
      /** A digest of what is mounted: names, modes, owners and contents, or the diff IDs and the path of a stage. */
      readonly content: Digest;
    }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** Where the file is, if there is one. */
      readonly target?: string | undefined;
      /** The environment variable that has the value, if there is one. */
      readonly env?: string | undefined;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      /** Whether the build has a secret of that ID. Never its value: a digest of a short secret gives it away. */
      readonly isPresent: boolean;
    }
  | {
      /** What a cache contains must not matter to the result. Its mount point does: what is written there isn't in the layer. */
      readonly type: 'cache';
      readonly target: string;
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size?: number | undefined };

/** Everything that a RUN can see. */
export interface RunInputs {
  /** What executes it, as `chroot`. Two of them may give different bytes. */
  readonly executor: string;
  readonly platform: Platform;
  /** The diff IDs of the layers below, lowest first: bytes, not the keys that they were made from. */
  readonly below: readonly Digest[];
  /** The command's words in the exec form; one line in the shell form. */
  readonly command: string | readonly string[];
  /** The shell that executes the shell form. */
  readonly shell: readonly string[];
  /** The bodies of heredocs, by name, in order. */
  readonly heredocs: readonly (readonly [name: string, body: string])[];
  /** `user[:group]` as the last USER says. Empty means root. Names are resolved in the layers below. */
  readonly user: string;
  readonly workingDir: string;
  /** `NAME=value` of ENV, the base's included, in order. */
  readonly env: readonly string[];
  /** `NAME=value` of the ARGs in scope, in order, without those that ENV hides. */
  readonly args: readonly string[];
  readonly network: 'default' | 'none' | 'host';
  readonly mounts: readonly RunMountInput[];
}

/**
 * ARGs that are no part of the key. Proxies say how a runner reaches the network, not what is there; `SOURCE_DIGEST` is
 * computed from the layers, so no layer may depend on it.
 */
const outsideOfKey = /^(?:(?:https?|ftp|all|no)_proxy|SOURCE_DIGEST)=/i;

/** Returns the ARGs that are part of the key. */
export function keyedArgs(args: readonly string[]): string[] {
  return args.filter((entry) => !outsideOfKey.test(entry));
}
