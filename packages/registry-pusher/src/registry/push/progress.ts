import type { Blob } from '../../image/blob.ts';
import type { Digest } from '../../image/digest.ts';
import type { PushProgress } from '../client/client.ts';
import type { Body } from '../transport/wire.ts';

/** A blob whose bytes are counted where a request's body passes them on. */
export interface CountedBlob extends Pick<Blob, 'descriptor'> {
  /** Returns a request's body: a part of the blob, by default all of it. */
  body(from?: number, length?: number): Body;
}

/** Counts bytes as they are sent. */
export interface ProgressCounter {
  /** Adds a blob's size to the total the first time. */
  count(blob: Blob): CountedBlob;
  /** Returns all bytes sent, repeated ones included. */
  sentBytes(): number;
}

/** Progress never decreases: a blob that starts over counts again from where it broke. */
export function createProgressCounter(onProgress: ((progress: PushProgress) => void) | undefined): ProgressCounter {
  const furthest = new Map<Digest, number>();
  let sent = 0;
  let progress: PushProgress = { sentBytes: 0, totalBytes: 0 };
  const report = (more: number, total: number) => {
    progress = { sentBytes: progress.sentBytes + more, totalBytes: progress.totalBytes + total };
    onProgress?.(progress);
  };
  return {
    sentBytes: () => sent,
    count: ({ descriptor, open }) => {
      const { digest, size } = descriptor;
      if (!furthest.has(digest)) {
        furthest.set(digest, 0);
        report(0, size);
      }
      const read = async function* (from: number, length: number) {
        let at = from;
        for await (const chunk of take(length, open(from))) {
          yield chunk;
          at += chunk.length;
          sent += chunk.length;
          const before = furthest.get(digest)!;
          if (at <= before) continue;
          furthest.set(digest, at);
          report(at - before, 0);
        }
      };
      return {
        descriptor,
        body: (from = 0, length = size - from) => ({ size: length, open: () => read(from, length) }),
      };
    },
  };
}

async function* take(length: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of bytes) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield part;
    if (left === 0) return;
  }
}
