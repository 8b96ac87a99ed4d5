import type { ImageFacts } from '../base/facts.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import type { ReadItem } from './expand.ts';

/**
 * Counts the ways in which sources have been turned into layers. It goes up when the same sources would give other bytes,
 * so that no layer of an older kind is taken for a new one.
 */
export const formatVersion = 1;

/**
 * The digest of what a layer is made from: every entry with all that goes into its header, the digest of each file's
 * content, and what the base answered. A graft counts by the image that it comes from, and then what the layer is laid on
 * counts too. Two layers with the same source digest have the same bytes.
 */
export function sourceDigest(
  items: readonly ReadItem[],
  mtime: number,
  facts: ImageFacts,
  below: readonly string[] = [],
): Digest {
  const onto = items.some(({ type }) => type === 'graft') ? { below } : {};
  const lines = [{ formatVersion, mtime, facts, ...onto }, ...items.map(fields)].map((line) => JSON.stringify(line));
  return digestOf(`${lines.join('\n')}\n`);
}

/** The names of entry types in digests. Digests are stored, so a name never changes. */
export const digestedTypes = { file: 'file', directory: 'folder', link: 'link' } as const;

function fields(item: ReadItem): unknown[] {
  if (item.type === 'graft') {
    const { path, type, kind, image, source, owner, mode } = item;
    return [path, type, digestedTypes[kind], image.id, source, owner?.uid, owner?.gid, mode];
  }
  const common = [item.path, digestedTypes[item.type], item.uid, item.gid];
  if (item.type === 'link') return [...common, item.target];
  return item.type === 'directory' ? [...common, item.mode] : [...common, item.mode, item.size, item.digest];
}

/** The digest of several digests and texts, each kept apart from the next. */
export function combinedDigest(parts: readonly unknown[]): Digest {
  return digestOf(JSON.stringify(parts));
}
