import type { Descriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';

/** Bytes that a registry stores under their digest. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** Returns the bytes from an offset on, by default all of them; the same at every call. */
  readonly open: (from?: number) => AsyncIterable<Uint8Array>;
}

/** Returns a blob whose bytes are in memory. */
export function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return {
    descriptor: { mediaType, size: bytes.length, digest: digestOf(bytes) },
    open: async function* (from = 0) {
      yield bytes.subarray(from);
    },
  };
}
