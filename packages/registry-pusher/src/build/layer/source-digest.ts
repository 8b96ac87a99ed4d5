import type { ImageFacts } from '../base/facts.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import type { ReadItem } from './expand-grafts.ts';

/** The version of the layer format. Increment it when the same sources would give other bytes. */
export const formatVersion = 2;

/**
 * Returns the digest of a layer's source: the epoch, the header of every entry, the digest of each file's content, and the facts about
 * the base. A graft contributes its image; the layers below then contribute too. Layers with the same source digest have the
 * same bytes.
 */
export function computeSourceDigest(
  items: readonly ReadItem[],
  epoch: number | undefined,
  facts: ImageFacts,
  below: readonly string[] = [],
): Digest {
  const layersBelow = items.some(({ type }) => type === 'graft') ? { below } : {};
  const lines = [{ formatVersion, epoch, facts, ...layersBelow }, ...items.map(digestedFields)].map((line) =>
    JSON.stringify(line),
  );
  return digestOf(`${lines.join('\n')}\n`);
}

/** The names of entry types in digests. Digests are stored, so a name never changes. */
export const digestedTypes = { file: 'file', directory: 'folder', link: 'link' } as const;

function digestedFields(item: ReadItem): unknown[] {
  if (item.type === 'graft') {
    const { path, type, kind, image, source, owner, mode } = item;
    return [path, type, digestedTypes[kind], image.id, source, owner?.uid, owner?.gid, mode];
  }
  const common = [item.path, digestedTypes[item.type], item.uid, item.gid];
  if (item.type === 'link') return [...common, item.target];
  return item.type === 'directory' ? [...common, item.mode] : [...common, item.mode, item.size, item.digest];
}

/** Returns the digest of several values. */
export function combineDigests(parts: readonly unknown[]): Digest {
  return digestOf(JSON.stringify(parts));
}
