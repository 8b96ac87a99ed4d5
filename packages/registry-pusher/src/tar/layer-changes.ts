import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readTarEntries } from './decompress.ts';
import { entryPath } from './entry-path.ts';
import type { FileState } from './file-state.ts';
import type { ArchiveEntry } from './read.ts';
import { parseWhiteout } from './whiteout.ts';

/** What one layer changes in the files below it. Keeps file digests, not contents. */
export interface LayerChanges {
  /** Paths at which the layer puts something. A hard link is another name for a path. */
  readonly puts: readonly (readonly [path: string, what: FileState | { readonly sameAs: string }])[];
  /** Paths that the layer removes from the layers below. */
  readonly removes: readonly string[];
  /** Directories whose contents the layer removes from the layers below. */
  readonly empties: readonly string[];
}

/**
 * Reads a layer as a stream.
 * @param pathOf returns the path in the image of a name in the archive
 * @throws Error for an invalid archive, @see OCI image-spec, layer.md
 */
export async function readLayerChanges(compressed: Readable, pathOf = entryPath): Promise<LayerChanges> {
  const puts: [string, FileState | { sameAs: string }][] = [];
  const removes: string[] = [];
  const empties: string[] = [];
  for await (const entry of readTarEntries(compressed)) {
    const path = pathOf(entry.header.name);
    const whiteout = parseWhiteout(path);
    if (whiteout !== undefined) (whiteout.kind === 'path' ? removes : empties).push(whiteout.path);
    else if (path !== '/') puts.push([path, await readState(entry, pathOf)]);
  }
  return { puts, removes, empties };
}

async function readState(entry: ArchiveEntry, pathOf: typeof entryPath): Promise<FileState | { sameAs: string }> {
  const { type, linkname, mode, uid, gid, devmajor, devminor } = entry.header;
  const common = { mode: mode & 0o7777, uid, gid, size: 0 };
  switch (type) {
    case 'directory':
      return { kind: 'folder', ...common };
    case 'symlink':
      return { kind: 'link', ...common, target: linkname };
    case 'link':
      return { sameAs: pathOf(linkname) };
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return { kind: 'device', ...common, target: `${type} ${devmajor}:${devminor}` };
    default:
      return { kind: 'file', ...common, ...(await hashContent(entry)) };
  }
}

async function hashContent(entry: ArchiveEntry): Promise<Required<Pick<FileState, 'size' | 'digest'>>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of entry) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, digest: `sha256:${hash.digest('hex')}` };
}
