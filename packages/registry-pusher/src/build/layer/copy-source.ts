import type { PlannedItem } from './entry.ts';

/** Something that a COPY takes along, by its path inside the source; the source itself has the empty path. */
export interface CopiedItem {
  readonly inside: string;
  /** What it is, with the mode and the owner that it has there. */
  readonly item: PlannedItem;
}

/** What one source of a COPY means, wherever it comes from. */
export interface CopySource {
  readonly kind: 'file' | 'directory';
  /** The last part of the path as it was asked for: what the copy is called. */
  readonly name: string;
  /** Finds what it takes along; once, however often it is called. */
  readonly read: () => Promise<Copied>;
}

export interface Copied {
  /** The file; or everything inside the directory, each directory before what is in it. */
  readonly items: readonly CopiedItem[];
  readonly warnings: readonly string[];
}

/** @param look finds what it takes along */
export function copySource(kind: CopySource['kind'], name: string, look: () => Promise<Copied>): CopySource {
  let copied: Promise<Copied> | undefined;
  return { kind, name, read: () => (copied ??= look()) };
}
