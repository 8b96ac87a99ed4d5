import type { Digest } from '../../image/digest.ts';
import type { NativeCode } from '../native/native-code.ts';

/** The result of reading a file, independent of its place in an image. */
export interface FileContent {
  readonly executable: boolean;
  readonly size: number;
  readonly digest: Digest;
  /** Changes when the file changes. */
  readonly stamp: string;
  readonly native?: NativeCode;
}
