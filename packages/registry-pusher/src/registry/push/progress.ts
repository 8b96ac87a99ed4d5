import type { Blob } from '../../image/blob.ts';
import type { Digest } from '../../image/digest.ts';
import type { PushProgress } from '../client/client.ts';

/** Counts bytes as they are sent. */
export interface ProgressCounter {
  /** Returns the blob with an `open` that counts, and adds its size to the total the first time. */
  count(blob: Blob): Blob;
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
      const counted = async function* (from = 0) {
        let at = from;
        for await (const chunk of open(from)) {
          yield chunk;
          at += chunk.length;
          sent += chunk.length;
          const before = furthest.get(digest)!;
          if (at <= before) continue;
          furthest.set(digest, at);
          report(at - before, 0);
        }
      };
      return { descriptor, open: counted };
    },
  };
}
