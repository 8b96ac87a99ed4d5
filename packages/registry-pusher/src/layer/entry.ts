import type { Owner } from '../base/file-tree.ts';
import type { Digest } from '../image/digest.ts';

interface EntryBase extends Owner {
  /** Absolute in the image, clean. */
  readonly path: string;
}

export interface FolderEntry extends EntryBase {
  readonly type: 'folder';
  readonly mode: number;
}

export interface LinkEntry extends EntryBase {
  readonly type: 'link';
  readonly target: string;
}

/** A file that a COPY asks for. Whether it is executable, and what it holds, is seen when it is read. */
export interface PlannedFile extends EntryBase {
  readonly type: 'file';
  /** Permission bits that --chmod gives; without, the owner's execute bit decides. */
  readonly mode?: number;
  readonly absolute: string;
  /** Relative to the build context: how messages name it. */
  readonly contextPath: string;
}

/** A file that was read once. */
export interface FileEntry extends PlannedFile {
  readonly mode: number;
  readonly size: number;
  readonly digest: Digest;
  /** Changes when the file does. */
  readonly stamp: string;
}

export type PlannedEntry = FolderEntry | LinkEntry | PlannedFile;

/** One entry of a layer's tar file. */
export type Entry = FolderEntry | LinkEntry | FileEntry;

/** Sorts by the bytes of the path: the same everywhere, and each folder comes before what is in it. */
export function inPathOrder<E extends EntryBase>(entries: Iterable<E>): E[] {
  return [...entries]
    .map((entry) => ({ entry, key: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}
