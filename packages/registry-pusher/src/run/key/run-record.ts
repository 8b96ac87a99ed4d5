import type { RunParts } from './run-parts.ts';

/** How a layer was executed. It is stored with the layer's record. */
export interface RunRecord {
  /** When, in seconds since 1970. Reuse keeps it. */
  readonly at: number;
  /** The name of what executed it. */
  readonly executor: string;
  /** What it depended on, to say what has changed since. */
  readonly parts: RunParts;
}

/** Parses a record. Returns undefined for anything else. */
export function parseRunRecord(value: unknown): RunRecord | undefined {
  const { at, executor, parts } = (value ?? {}) as Record<string, unknown>;
  if (typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) return undefined;
  if (typeof executor !== 'string' || typeof parts !== 'object' || parts === null) return undefined;
  if (!Object.values(parts).every((part) => typeof part === 'string')) return undefined;
  return { at, executor, parts: parts as RunParts };
}
