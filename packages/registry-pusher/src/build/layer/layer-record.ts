import type { ImageFacts } from '../base/facts.ts';
import type { HistoryEntry } from '../../image/config.ts';
import { type Digest, isDigest } from '../../image/digest.ts';
import { parseRunRecord, type RunRecord } from '../../run/key/run-record.ts';

/** The information about a layer that a later build needs to reuse it. It is stored in the image's history. */
export interface LayerRecord {
  readonly sourceDigest: Digest;
  /** Facts about the base. */
  readonly facts: ImageFacts;
  /** Facts about the images that the layer copies from, and the bases of their stages, by ID. */
  readonly from?: Readonly<Record<Digest, ImageFacts>>;
  readonly files: number;
  /** Bytes of file content. */
  readonly size: number;
  /** How it was executed, if its source is a RUN. */
  readonly run?: RunRecord;
}

const prefix = 'tozo.layer.v1 ';

/** Formats a record as the comment of a history entry: `tozo.layer.v1 {"source":…}`. */
export function formatRecord({ sourceDigest, facts, from, files, size, run }: LayerRecord): string {
  const optional = { ...(from === undefined ? {} : { from }), ...(run === undefined ? {} : { run }) };
  return prefix + JSON.stringify({ source: sourceDigest, files, size, base: facts, ...optional });
}

/** Facts about the base, and about other images by ID. */
export type RecordedFacts = Pick<LayerRecord, 'facts' | 'from'>;

const factsPrefix = 'tozo.facts.v1 ';

/** Formats facts as the comment of a history entry without a layer: `tozo.facts.v1 {"base":…}`. */
export function formatFacts({ facts, from }: RecordedFacts): string {
  return factsPrefix + JSON.stringify({ base: facts, ...(from === undefined ? {} : { from }) });
}

/** Returns the facts in an entry, with or without a layer's record. */
export function parseFacts(entry: HistoryEntry): RecordedFacts | undefined {
  const { comment } = entry;
  if (comment === undefined || !comment.startsWith(factsPrefix)) return parseRecord(entry);
  try {
    const { base, from = {} } = JSON.parse(comment.slice(factsPrefix.length)) as Record<string, unknown>;
    if (!isFacts(base) || !Object.values(from as object).every(isFacts)) return undefined;
    return { facts: base, from: from as Readonly<Record<Digest, ImageFacts>> };
  } catch {
    return undefined;
  }
}

/** Parses a record. Returns undefined for entries from other tools. */
export function parseRecord({ comment }: HistoryEntry): LayerRecord | undefined {
  if (comment === undefined || !comment.startsWith(prefix)) return undefined;
  try {
    const {
      source,
      files,
      size,
      base,
      from = {},
      run,
    } = JSON.parse(comment.slice(prefix.length)) as Record<string, unknown>;
    if (typeof source !== 'string' || !isDigest(source) || !isCount(files) || !isCount(size)) return undefined;
    if (!isFacts(base) || !Object.values(from as object).every(isFacts)) return undefined;
    const sources = from as Readonly<Record<Digest, ImageFacts>>;
    const known = Object.keys(sources).length === 0 ? {} : { from: sources };
    const executed = run === undefined ? undefined : parseRunRecord(run);
    if (run !== undefined && executed === undefined) return undefined;
    return {
      sourceDigest: source,
      facts: base,
      files,
      size,
      ...known,
      ...(executed === undefined ? {} : { run: executed }),
    };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFacts(value: unknown): value is ImageFacts {
  const { paths, owners, names = {} } = (value ?? {}) as Record<string, unknown>;
  return isStringRecord(paths) && isStringRecord(owners) && isStringRecord(names);
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}
