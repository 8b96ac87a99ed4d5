import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import type { Entry } from 'tar-stream';
import { compileGlob } from '../context/glob.ts';
import { readTarEntries } from '../../tar/decompress.ts';
import { type FileTree, followLinks, type Found, parseOwner } from './file-tree.ts';
import { type LayerPosition, type NodeDetails, TreeNode } from './tree-node.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** /etc/passwd and /etc/group may link to files with these names. Larger files aren't account files. */
const accountFiles = new Set(['passwd', 'group']);
const maxAccountFileSize = 1024 * 1024;
/** Each is decompressed in its own thread. */
const concurrentLayers = 2;

/** All files of an image. */
export interface LayerTree extends FileTree {
  readonly root: TreeNode;
}

/**
 * Reads an image's layers, lowest first, into the tree that its containers see. Applies whiteouts and opaque directories.
 * Keeps names, modes, owners, the account files, and the position of other files' content.
 * @see OCI image-spec, layer.md#whiteouts
 * @param layers functions that open a layer
 */
export async function readLayerTree(layers: readonly (() => Promise<Readable>)[]): Promise<LayerTree> {
  const root = new TreeNode();
  for (const changes of await readAllChanges(layers)) applyChanges(root, changes);
  const tree: LayerTree = {
    root,
    lookup: async (path) => root.at(path)?.found ?? { kind: 'absent' },
    match: async (directory, glob) => [...(root.at(directory)?.children.keys() ?? [])].filter(compileGlob(glob)).sort(),
    resolveOwner: async (name) =>
      parseOwner(name, await readText(root, tree, '/etc/passwd'), await readText(root, tree, '/etc/group')),
  };
  return tree;
}

async function readText(root: TreeNode, tree: FileTree, path: string): Promise<string | undefined> {
  return root.at((await followLinks(tree, path)).path)?.details.text;
}

interface Addition {
  readonly path: string;
  readonly found: Found;
  readonly details: NodeDetails;
  /** The other name of a hard link. */
  readonly linkedTo?: string;
}

interface LayerChanges {
  /** Directories that hide their content in lower layers. */
  readonly emptied: readonly string[];
  readonly removed: readonly string[];
  readonly additions: readonly Addition[];
}

async function readAllChanges(layers: readonly (() => Promise<Readable>)[]): Promise<LayerChanges[]> {
  const reads = pLimit(concurrentLayers);
  const opened: Readable[] = [];
  const read = async (open: () => Promise<Readable>, index: number): Promise<LayerChanges> => {
    const layer = await open();
    opened.push(layer);
    return readChanges(layer, index);
  };
  try {
    return await Promise.all(layers.map((open, index) => reads(read, open, index)));
  } finally {
    reads.clearQueue();
    for (const layer of opened) layer.destroy();
  }
}

async function readChanges(compressed: Readable, layer: number): Promise<LayerChanges> {
  const emptied: string[] = [];
  const removed: string[] = [];
  const additions: Addition[] = [];
  for await (const { entry, path, position } of readLayerEntries(compressed, layer)) {
    const name = posix.basename(path);
    if (name === opaque) emptied.push(posix.dirname(path));
    else if (name.startsWith(whiteout)) removed.push(posix.join(posix.dirname(path), name.slice(whiteout.length)));
    else additions.push(await readAddition(entry, path, position));
    entry.resume();
  }
  return { emptied, removed, additions };
}

/** Whiteouts hide only files of lower layers, regardless of their order in a layer. */
function applyChanges(root: TreeNode, { emptied, removed, additions }: LayerChanges): void {
  for (const path of emptied) root.at(path)?.children.clear();
  for (const path of removed) root.remove(path);
  for (const { path, found, details, linkedTo } of additions) {
    const other = linkedTo === undefined ? undefined : root.at(linkedTo);
    root.put(path, other?.found ?? found, other?.details ?? details);
  }
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
