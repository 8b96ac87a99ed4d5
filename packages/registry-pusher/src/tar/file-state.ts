import type { Digest } from '../image/digest.ts';

/** What stands at one path of an image: all that makes two files the same but their times. */
export interface FileState {
  readonly kind: 'file' | 'folder' | 'link' | 'device';
  /** Permission bits, setuid and the like included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for all but files. */
  readonly size: number;
  /** Of a file's content. */
  readonly digest?: Digest;
  /** Where a link leads, or the major and minor number of a device. */
  readonly target?: string;
}

/** In what two states differ. */
export type Aspect = 'kind' | 'content' | 'mode' | 'owner' | 'target';

export function differences(before: FileState, after: FileState): Aspect[] {
  if (before.kind !== after.kind) return ['kind'];
  const differs: readonly [Aspect, boolean][] = [
    ['content', before.digest !== after.digest],
    ['target', before.target !== after.target],
    // What links are permitted means nothing, and tools write what they like.
    ['mode', before.kind !== 'link' && before.mode !== after.mode],
    ['owner', before.uid !== after.uid || before.gid !== after.gid],
  ];
  return differs.filter(([, yes]) => yes).map(([aspect]) => aspect);
}
