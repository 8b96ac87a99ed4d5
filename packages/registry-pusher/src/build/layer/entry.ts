import type { FileTree, Owner } from '../base/file-tree.ts';
import type { SourceImage } from '../base/source-image.ts';
import type { LayerPosition } from '../base/tree-node.ts';
import type { Digest } from '../../image/digest.ts';

interface EntryBase extends Owner {
  /** Absolute in the image, normalized. */
  readonly path: string;
}

export interface DirectoryEntry extends EntryBase {
  readonly type: 'directory';
  readonly mode: number;
}

export interface LinkEntry extends EntryBase {
  readonly type: 'link';
  readonly target: string;
}

/** A file of the build context that isn't read yet. */
export interface PlannedFile extends EntryBase {
  readonly type: 'file';
  /** The permission bits of --chmod. Without it, the owner's execute bit decides. */
  readonly mode?: number;
  readonly absolute: string;
  /** Relative to the build context, for messages. */
  readonly contextPath: string;
}

/** A file after its first read. */
export interface FileEntry extends PlannedFile {
  readonly mode: number;
  readonly size: number;
  readonly digest: Digest;
  /** Changes when the file does. */
  readonly stamp: string;
}

export type PlannedEntry = DirectoryEntry | LinkEntry | PlannedFile;

/**
 * A file, or everything inside a directory, copied unchanged from another image. Its content isn't needed to identify the
 * layer. The image's layers are read only if this layer must be built.
 */
export interface Graft {
  readonly type: 'graft';
  readonly kind: 'file' | 'directory';
  /** The destination. */
  readonly path: string;
  readonly image: SourceImage;
  /** The path in that image. */
  readonly source: string;
  /** The new owner of everything. Default each file's own. */
  readonly owner?: Owner;
  /** The permission bits of everything. Default each file's own. */
  readonly mode?: number;
  /** The files below this layer. */
  readonly below: FileTree;
}

export type PlannedItem = PlannedEntry | Graft;

/** A file with its content in a layer of another image. */
export interface StoredFile extends EntryBase {
  readonly type: 'file';
  readonly mode: number;
  readonly size: number;
  readonly image: SourceImage;
  readonly position: LayerPosition;
}

/** Another name of a file in the same layer. */
export interface HardLink extends EntryBase {
  readonly type: 'hard link';
  readonly mode: number;
  readonly target: string;
}

/** An entry from this machine. */
export type LocalEntry = DirectoryEntry | LinkEntry | FileEntry;

/** One entry of a layer's tar file. */
export type Entry = LocalEntry | StoredFile | HardLink;

export function isStoredFile(entry: Entry): entry is StoredFile {
  return entry.type === 'file' && 'image' in entry;
}

/** Sorts by the bytes of the path, which is the same everywhere and puts each directory before its items. */
export function sortByPath<E extends { readonly path: string }>(entries: Iterable<E>): E[] {
  return [...entries].sort((a, b) => compareBytes(a.path, b.path));
}

/** The orders of UTF-16 and UTF-8 differ from the surrogates on. */
const surrogatesAndAbove = /[\ud800-\uffff]/;

function compareBytes(a: string, b: string): number {
  if (surrogatesAndAbove.test(a) && surrogatesAndAbove.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}
