import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { readTarEntries } from '../../tar/decompress.ts';
import { entryPath } from '../../tar/entry-path.ts';
import type { ArchiveEntry } from '../../tar/read.ts';
import type { EntryType } from '../../tar/read-header.ts';
import { parseWhiteout } from '../../tar/whiteout.ts';
import type { Found } from './file-tree.ts';
import type { LayerPosition, NodeDetails } from './tree-node.ts';

/** /etc/passwd and /etc/group may link to files with these names. Larger files aren't account files. */
const accountFiles = new Set(['passwd', 'group']);
const maxAccountFileSize = 1024 * 1024;

/** Each takes memory. Large bases have a few hundred thousand. */
const maxEntries = 4_000_000;

export interface Addition {
  readonly path: string;
  readonly found: Found;
  readonly details: NodeDetails;
  /** The other name of a hard link. */
  readonly linkedTo?: string;
}

/** What one layer changes in the layers below. */
export interface LayerChanges {
  /** Directories that hide their content in lower layers. */
  readonly emptied: readonly string[];
  readonly removed: readonly string[];
  readonly additions: readonly Addition[];
}

export async function readLayerChanges(compressed: Readable, layer: number): Promise<LayerChanges> {
  const emptied: string[] = [];
  const removed: string[] = [];
  const additions: Addition[] = [];
  for await (const { entry, path, position } of readLayerEntries(compressed, layer)) {
    const whiteout = parseWhiteout(path);
    if (whiteout !== undefined) (whiteout.kind === 'path' ? removed : emptied).push(whiteout.path);
    else additions.push(await readAddition(entry, path, position));
  }
  return { emptied, removed, additions };
}

/** Streams a layer's entries with their positions. */
export async function* readLayerEntries(
  compressed: Readable,
  layer: number,
): AsyncGenerator<{ entry: ArchiveEntry; path: string; position: LayerPosition }> {
  let index = 0;
  for await (const entry of readTarEntries(compressed)) {
    if (index === maxEntries)
      throw new RegistryPusherError(
        'MEDIA_TYPE_REFUSED',
        `Layer ${layer + 1} has more than ${maxEntries} files, which is the limit. Choose another image.`,
      );
    yield { entry, path: entryPath(entry.header.name), position: { layer, entry: index++ } };
  }
}

async function readAddition(entry: ArchiveEntry, path: string, position: LayerPosition): Promise<Addition> {
  const { mode, uid, gid, size, type, linkname } = entry.header;
  const details = {
    uid,
    gid,
    mode: mode & 0o7777,
    size,
    position,
    ...copyBlockerOf(entry),
    ...(await readAccountFile(entry, path)),
  };
  const glibc = await readGlibcVersion(entry, path);
  const found: Found = glibc === undefined ? foundOf(entry) : { kind: 'file', glibc };
  const addition = { path, found, details };
  return type === 'link' ? { ...addition, linkedTo: entryPath(linkname) } : addition;
}

function foundOf({ header }: ArchiveEntry): Found {
  const { mode, gid } = header;
  if (header.type === 'directory')
    return (mode & 0o2000) === 0 ? { kind: 'directory' } : { kind: 'directory', group: gid };
  if (header.type === 'symlink') return { kind: 'link', target: header.linkname };
  return { kind: 'file' };
}

const copied = new Set<EntryType>(['file', 'directory', 'symlink', 'link']);

function copyBlockerOf({ header }: ArchiveEntry): { copyBlocker?: string } {
  const { type, pax, isSparse } = header;
  if (type === 'other') return { copyBlocker: 'has an unknown type' };
  if (!copied.has(type)) return { copyBlocker: 'is a device or a pipe' };
  if (isSparse) return { copyBlocker: 'is stored as a sparse file' };
  if (pax.has('SCHILY.xattr.security.capability')) return { copyBlocker: 'has file capabilities' };
  return {};
}

const maxLibcSize = 8 * 1024 * 1024;

/** Returns the newest version of symbols that a C library has. */
async function readGlibcVersion(entry: ArchiveEntry, path: string): Promise<string | undefined> {
  const { type, size } = entry.header;
  if (type !== 'file' || posix.basename(path) !== 'libc.so.6' || size > maxLibcSize) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  const names = Buffer.concat(chunks)
    .toString('latin1')
    .matchAll(/\0GLIBC_(2\.\d+)(?=\0)/g);
  return [...names]
    .map(([, version]) => version!)
    .sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)))
    .at(-1);
}

async function readAccountFile(entry: ArchiveEntry, path: string): Promise<{ text?: string }> {
  const { type, size } = entry.header;
  if (type !== 'file' || !accountFiles.has(posix.basename(path)) || size > maxAccountFileSize) return {};
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('utf8') };
}
