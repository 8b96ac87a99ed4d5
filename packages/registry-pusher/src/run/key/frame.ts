import { createHash } from 'node:crypto';
import type { Digest } from '../../image/digest.ts';

/** What can be framed: texts, bytes, flags, numbers, and lists of them. */
export type Framed = string | Uint8Array | number | boolean | undefined | readonly Framed[];

/**
 * Returns a digest of a value in which no two different values have the same bytes: every text carries its length, and every
 * list the number of its elements. Concatenation can't do that: `ab`, `c` and `a`, `bc` are different lists.
 */
export function digestOfFramed(value: Framed): Digest {
  const hash = createHash('sha256');
  write(value, (bytes) => hash.update(bytes));
  return `sha256:${hash.digest('hex')}`;
}

function write(value: Framed, update: (bytes: Uint8Array | string) => void): void {
  if (value === undefined) return update('u;');
  if (typeof value === 'boolean') return update(value ? 't;' : 'f;');
  if (typeof value === 'number') return update(`n${value};`);
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    update(`s${bytes.length}:`);
    return update(bytes);
  }
  if (value instanceof Uint8Array) {
    update(`b${value.length}:`);
    return update(value);
  }
  update(`l${value.length}:`);
  for (const element of value) write(element, update);
}
