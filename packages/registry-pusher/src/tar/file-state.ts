import type { Digest } from '../image/digest.ts';

/** What an image has at one path: everything that makes two files equal, except times. */
export interface FileState {
  readonly kind: 'file' | 'folder' | 'link' | 'device';
  /** Permission bits, including setuid and similar bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file, otherwise 0. */
  readonly size: number;
  /** The digest of a file's content. */
  readonly digest?: Digest;
  /** A link's target, or a device's major and minor numbers. */
  readonly target?: string;
}

/** How two states differ. */
export type Aspect = 'kind' | 'content' | 'mode' | 'owner' | 'target';

export function diffStates(before: FileState, after: FileState): Aspect[] {
  if (before.kind !== after.kind) return ['kind'];
  const differs: readonly [Aspect, boolean][] = [
    ['content', before.digest !== after.digest],
    ['target', before.target !== after.target],
    // A link's mode has no meaning, and tools write different ones.
    ['mode', before.kind !== 'link' && before.mode !== after.mode],
    ['owner', before.uid !== after.uid || before.gid !== after.gid],
  ];
  return differs.filter(([, yes]) => yes).map(([aspect]) => aspect);
}
