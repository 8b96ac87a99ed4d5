import { type Digest, isDigest } from '../../image/digest.ts';
import { parseRecord, type LayerRecord } from '../../build/layer/layer-record.ts';
import type { BlobLayer, RemoteImage, StoredLayer } from '../../image/image.ts';

/** A layer of a stage, or what is known about one, as a cache keeps it. */
export interface CacheEntry<L = BlobLayer | StoredLayer> {
  /** The instruction as written. */
  readonly text: string;
  readonly record: LayerRecord;
  /** The ID of the image that the record's facts are about. */
  readonly base: Digest;
  /** Missing for an instruction that changed nothing, and for layers that are built again from their files. */
  readonly layer?: L;
}

/** A layer in a registry. */
export type StoredEntry = CacheEntry<StoredLayer>;

/** When an entry was made, in seconds since 1970; 0 for one whose layer wasn't executed. */
export function madeAt({ record }: CacheEntry): number {
  return record.run?.at ?? 0;
}

/**
 * Returns the entries in an image's history with the layers that belong to them, or undefined if the counts don't match.
 * @param isValid returns whether an entry may be used
 */
export function entriesOf(
  { config, manifest, from }: RemoteImage,
  isValid: (entry: StoredEntry, signature: unknown) => boolean,
): { readonly valid: StoredEntry[]; readonly refused: number } | undefined {
  const history = config.history ?? [];
  const { layers } = manifest;
  if (history.filter((each) => each.empty_layer !== true).length !== layers.length) return undefined;
  const valid: StoredEntry[] = [];
  let refused = 0;
  let at = 0;
  for (const each of history) {
    const index = each.empty_layer === true ? undefined : at++;
    const record = parseRecord(each);
    const { base } = each;
    if (record === undefined || typeof base !== 'string' || !isDigest(base)) continue;
    const layer: StoredLayer | undefined =
      index === undefined
        ? undefined
        : { kind: 'stored', diffId: config.rootfs.diff_ids[index]!, descriptor: layers[index]!, from };
    const entry = { text: each.created_by ?? '', record, base, ...(layer === undefined ? {} : { layer }) };
    if (isValid(entry, each['signature'])) valid.push(entry);
    else refused += 1;
  }
  return { valid, refused };
}
