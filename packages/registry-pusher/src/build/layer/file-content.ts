import type { Digest } from '../../image/digest.ts';
import type { NativeCode } from '../native/native-code.ts';

/** What is known of a file after reading it, regardless of where in an image it goes. */
export interface FileContent {
  readonly executable: boolean;
  readonly size: number;
  readonly digest: Digest;
  readonly stamp: string;
  readonly native?: NativeCode;
}
