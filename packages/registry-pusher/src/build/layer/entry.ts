import type { FileTree, Owner } from '../base/file-tree.ts';
import type { SourceImage } from '../base/source-image.ts';
import type { LayerPosition } from '../base/tree-node.ts';
import type { Digest } from '../../image/digest.ts';

interface EntryBase extends Owner {
  /** Absolute in the image, clean. */
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

export type PlannedEntry = DirectoryEntry | LinkEntry | PlannedFile;

/**
 * What is copied from another image as it stands there: a file, or everything inside a directory. What that is need not be known
 * to tell the layer from others, so the image's own layers are read only when this one has to be made.
 */
export interface Graft {
  readonly type: 'graft';
  readonly kind: 'file' | 'directory';
  /** Where it goes. */
  readonly path: string;
  readonly image: SourceImage;
  /** Where it stands in that image. */
  readonly source: string;
  /** Whom everything shall belong to; without, each keeps its owner. */
  readonly owner?: Owner;
  /** Permission bits for everything; without, each keeps its own. */
  readonly mode?: number;
  /** What the image under construction held before. */
  readonly below: FileTree;
}

export type PlannedItem = PlannedEntry | Graft;

/** A file whose content lies in a layer of another image. */
export interface StoredFile extends EntryBase {
  readonly type: 'file';
  readonly mode: number;
  readonly size: number;
  readonly image: SourceImage;
  readonly position: LayerPosition;
}

/** Another name of a file that the same layer holds. */
export interface HardLink extends EntryBase {
  readonly type: 'hard link';
  readonly mode: number;
  readonly target: string;
}

/** An entry that is made of what lies on this machine. */
export type LocalEntry = DirectoryEntry | LinkEntry | FileEntry;

/** One entry of a layer's tar file. */
export type Entry = LocalEntry | StoredFile | HardLink;

/** Sorts by the bytes of the path: the same everywhere, and each directory comes before what is in it. */
export function inPathOrder<E extends { readonly path: string }>(entries: Iterable<E>): E[] {
  return [...entries].sort((a, b) => inByteOrder(a.path, b.path));
}

/** UTF-16 and UTF-8 have another order from the surrogates on. */
const fromSurrogatesOn = /[\ud800-\uffff]/;

function inByteOrder(a: string, b: string): number {
  if (fromSurrogatesOn.test(a) && fromSurrogatesOn.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}
