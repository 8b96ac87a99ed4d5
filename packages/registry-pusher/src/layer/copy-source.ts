import type { PlannedItem } from './entry.ts';

/** Something that a COPY takes along, by its path inside the source; the source itself has the empty path. */
export interface CopiedItem {
  readonly inside: string;
  /** What it is, with the mode and the owner that it has there. */
  readonly item: PlannedItem;
}

/** What one source of a COPY means, wherever it comes from. */
export interface CopySource {
  readonly kind: 'file' | 'folder';
  /** The last part of the path as it was asked for: what the copy is called. */
  readonly name: string;
  /** The file; or everything inside the folder, each folder before what is in it. */
  readonly items: () => AsyncIterable<CopiedItem>;
}
