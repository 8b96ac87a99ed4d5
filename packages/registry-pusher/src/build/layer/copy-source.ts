import type { PlannedItem } from './entry.ts';

/** A file or directory of a source, or a graft of the source. */
export interface CopiedItem {
  /** Its path inside the source; empty for the source itself. */
  readonly subpath: string;
  /** With the mode and the owner from the source. */
  readonly item: PlannedItem;
}

/** One source of a COPY. */
export interface CopySource {
  readonly kind: 'file' | 'directory';
  /** The last part of the path as written: the name of the copy. */
  readonly name: string;
  /** Finds its items on the first call. */
  readonly read: () => Promise<CopiedItems>;
}

export interface CopiedItems {
  /** The file, or everything inside the directory, each directory before its items. */
  readonly items: readonly CopiedItem[];
  readonly warnings: readonly string[];
}

export function createCopySource(
  kind: CopySource['kind'],
  name: string,
  findItems: () => Promise<CopiedItems>,
): CopySource {
  let items: Promise<CopiedItems> | undefined;
  return { kind, name, read: () => (items ??= findItems()) };
}
