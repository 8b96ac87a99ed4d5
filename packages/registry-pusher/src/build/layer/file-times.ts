import { createHash } from 'node:crypto';
import type { Digest } from '../../image/digest.ts';

/** The time of directories and links, and the earliest time of files: 1 January 2020. It is after the start of ZIP's years. */
export const earliestTime = 1_577_836_800;

/** Four years. Two contents have the same time with a probability of one in 2^27. */
const range = 2 ** 27;

/**
 * Returns a file's time, derived from its content, in seconds since 1970. Web servers identify a file by its size and time, so
 * with constant times, browsers would keep an asset that changed without changing its size.
 */
export function timeOf(digest: Digest): number {
  return earliestTime + (Number.parseInt(digest.slice('sha256:'.length, 'sha256:'.length + 8), 16) % range);
}

/** How much of a file from another image is read before its header is written. Of a larger file, this part counts. */
const maxHeld = 8 * 1024 * 1024;

/** Reads the start of a file that isn't hashed yet. Returns its time, and its whole content. */
export async function readTime(
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly time: number; readonly content: AsyncIterable<Buffer> }> {
  const rest = chunks[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  const held: Buffer[] = [];
  let size = 0;
  while (size < maxHeld) {
    const next = await rest.next();
    if (next.done === true) break;
    held.push(next.value);
    hash.update(next.value.subarray(0, maxHeld - size));
    size += next.value.length;
  }
  const content = async function* () {
    yield* held;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  };
  return { time: timeOf(`sha256:${hash.digest('hex')}`), content: content() };
}
