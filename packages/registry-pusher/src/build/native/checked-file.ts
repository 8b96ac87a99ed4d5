import type { Libc } from './elf.ts';
import type { NativeCode } from './native-code.ts';

/** A file of an image, and the machine code in it. */
export interface CheckedFile {
  /** Its path in the build context, or in the image that it is copied from. */
  readonly path: string;
  readonly mode: number;
  /** Its path on this machine, for files of the build context. */
  readonly absolute?: string;
  readonly native?: NativeCode;
}

/** An image's C libraries; empty when unknown. */
export type Libcs = ReadonlySet<Libc>;
