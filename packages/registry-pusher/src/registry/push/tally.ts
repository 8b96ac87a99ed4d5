import type { Digest } from '../../image/digest.ts';
import type { PushProgress } from '../client/client.ts';
import type { BlobToPlace } from './upload-request.ts';

/** Counts bytes as they go out. */
export interface Tally {
  /** A blob's `open` that counts, and that announces the blob's size when it is opened first. */
  counting(blob: BlobToPlace): BlobToPlace['open'];
  /** Everything that went out, what was sent twice counted twice. */
  sentBytes(): number;
}

/** Progress never goes back: a blob that starts again is counted on from where it broke. */
export function createTally(onProgress: ((progress: PushProgress) => void) | undefined): Tally {
  const furthest = new Map<Digest, number>();
  let sent = 0;
  let progress: PushProgress = { sentBytes: 0, totalBytes: 0 };
  const report = (more: number, total: number) => {
    progress = { sentBytes: progress.sentBytes + more, totalBytes: progress.totalBytes + total };
    onProgress?.(progress);
  };
  return {
    sentBytes: () => sent,
    counting: (blob) => {
      if (!furthest.has(blob.digest)) {
        furthest.set(blob.digest, 0);
        report(0, blob.size);
      }
      return async function* (from = 0) {
        let at = from;
        for await (const chunk of blob.open(from)) {
          yield chunk;
          at += chunk.length;
          sent += chunk.length;
          const before = furthest.get(blob.digest)!;
          if (at <= before) continue;
          furthest.set(blob.digest, at);
          report(at - before, 0);
        }
      };
    },
  };
}
