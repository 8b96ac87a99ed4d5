import type { BaseFacts } from '../base/facts.ts';
import type { HistoryEntry } from '../image/config.ts';
import { type Digest, isDigest } from '../image/digest.ts';

/** What a layer's history entry tells a later build, so that it needs neither the layer nor the base's files. */
export interface LayerRecord {
  readonly sourceDigest: Digest;
  readonly facts: BaseFacts;
  readonly files: number;
  /** Bytes of file content. */
  readonly size: number;
}

const prefix = 'tozo.layer.v1 ';

/** Writes a record as the comment of a history entry: `tozo.layer.v1 {"source":…}`. */
export function writeRecord({ sourceDigest, facts, files, size }: LayerRecord): string {
  return prefix + JSON.stringify({ source: sourceDigest, files, size, base: facts });
}

/** Reads what {@link writeRecord} wrote; an entry by anyone else gives undefined. */
export function readRecord({ comment }: HistoryEntry): LayerRecord | undefined {
  if (comment === undefined || !comment.startsWith(prefix)) return undefined;
  try {
    const { source, files, size, base } = JSON.parse(comment.slice(prefix.length)) as Record<string, unknown>;
    if (typeof source !== 'string' || !isDigest(source) || !isCount(files) || !isCount(size)) return undefined;
    const { paths, owners } = (base ?? {}) as Record<string, unknown>;
    return isTexts(paths) && isTexts(owners)
      ? { sourceDigest: source, facts: { paths, owners }, files, size }
      : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}
