import { createHash } from 'node:crypto';
import type { BaseFacts } from '../base/facts.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { Entry } from './entry.ts';

/**
 * Counts the ways in which sources have been turned into layers. It goes up when the same sources would give other bytes,
 * so that no layer of an older kind is taken for a new one.
 */
export const formatVersion = 1;

/**
 * The digest of what a layer is made from: every entry with all that goes into its header, the digest of each file's
 * content, and what the base answered. Two layers with the same source digest have the same bytes.
 */
export function sourceDigest(entries: readonly Entry[], mtime: number, facts: BaseFacts): Digest {
  const hash = createHash('sha256');
  hash.update(`${JSON.stringify({ formatVersion, mtime, facts })}\n`);
  for (const entry of entries) hash.update(`${JSON.stringify(fields(entry))}\n`);
  return `sha256:${hash.digest('hex')}`;
}

function fields(entry: Entry): unknown[] {
  const common = [entry.path, entry.type, entry.uid, entry.gid];
  if (entry.type === 'link') return [...common, entry.target];
  return entry.type === 'folder' ? [...common, entry.mode] : [...common, entry.mode, entry.size, entry.digest];
}

/** The digest of several digests and texts, each kept apart from the next. */
export function combinedDigest(parts: readonly unknown[]): Digest {
  return digestOf(JSON.stringify(parts));
}
