import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Entry } from 'tar-stream';
import { readTarEntries } from '../../tar/decompress.ts';
import { parseWhiteout } from '../../tar/whiteout.ts';
import type { Found } from './file-tree.ts';
import type { LayerPosition, NodeDetails } from './tree-node.ts';

/** /etc/passwd and /etc/group may link to files with these names. Larger files aren't account files. */
const accountFiles = new Set(['passwd', 'group']);
const maxAccountFileSize = 1024 * 1024;

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
    entry.resume();
  }
  return { emptied, removed, additions };
}

/** Streams a layer's entries with their positions. Read or resume each entry before the next. */
export async function* readLayerEntries(
  compressed: Readable,
  layer: number,
): AsyncGenerator<{ entry: Entry; path: string; position: LayerPosition }> {
  let index = 0;
  for await (const entry of readTarEntries(compressed))
    yield { entry, path: posix.resolve('/', entry.header.name), position: { layer, entry: index++ } };
}

async function readAddition(entry: Entry, path: string, position: LayerPosition): Promise<Addition> {
  const { mode = 0o644, uid = 0, gid = 0, size = 0, type, linkname } = entry.header;
  const details = {
    uid,
    gid,
    mode: mode & 0o7777,
    size,
    position,
    ...copyBlockerOf(entry),
    ...(await readAccountFile(entry, path)),
  };
  const addition = { path, found: foundOf(entry), details };
  return type === 'link' ? { ...addition, linkedTo: posix.resolve('/', linkname ?? '') } : addition;
}

function foundOf({ header }: Entry): Found {
  const { mode = 0, gid = 0 } = header;
  if (header.type === 'directory')
    return (mode & 0o2000) === 0 ? { kind: 'directory' } : { kind: 'directory', group: gid };
  if (header.type === 'symlink') return { kind: 'link', target: header.linkname ?? '' };
  return { kind: 'file' };
}

const copied = new Set(['file', 'contiguous-file', 'directory', 'symlink', 'link']);

function copyBlockerOf({ header }: Entry): { copyBlocker?: string } {
  const { type, pax } = header as Entry['header'] & { readonly pax?: Readonly<Record<string, string>> };
  if (!copied.has(type ?? 'file')) return { copyBlocker: 'is a device or a pipe' };
  if (pax?.['SCHILY.xattr.security.capability'] !== undefined) return { copyBlocker: 'has file capabilities' };
  return {};
}

async function readAccountFile(entry: Entry, path: string): Promise<{ text?: string }> {
  const { type, size = 0 } = entry.header;
  if (type !== 'file' || !accountFiles.has(posix.basename(path)) || size > maxAccountFileSize) return {};
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('utf8') };
}
