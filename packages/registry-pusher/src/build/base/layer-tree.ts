import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import type { Entry } from 'tar-stream';
import { compileGlob } from '../context/glob.ts';
import { readTarEntries } from '../../tar/decompress.ts';
import { type FileTree, followLinks, type Found, ownerFrom } from './file-tree.ts';
import { type LayerPosition, type NodeDetails, TreeNode } from './tree-node.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Files of these names may be where /etc/passwd or /etc/group links to; larger ones are no account files. */
const accountFiles = new Set(['passwd', 'group']);
const largestAccountFile = 1024 * 1024;
/** Each is unpacked in a thread of its own. */
const layersAtOnce = 2;

/** The files of an image, all of them known. */
export interface LayerTree extends FileTree {
  readonly root: TreeNode;
}

/**
 * Reads an image's layers, lowest first, into the tree that a container of it would see: files that a layer whites out are
 * gone, opaque directories hide what lower layers put into them. Names, modes and owners are kept, and the account files; of other
 * files, where their content lies. @see OCI image-spec, layer.md#whiteouts
 * @param layers each opens one
 */
export async function readLayerTree(layers: readonly (() => Promise<Readable>)[]): Promise<LayerTree> {
  const root = new TreeNode();
  for (const changes of await allChanges(layers)) layOn(root, changes);
  const tree: LayerTree = {
    root,
    lookup: async (path) => root.at(path)?.found ?? { kind: 'absent' },
    matching: async (directory, glob) =>
      [...(root.at(directory)?.children.keys() ?? [])].filter(compileGlob(glob)).sort(),
    owner: async (name) =>
      ownerFrom(name, await textAt(root, tree, '/etc/passwd'), await textAt(root, tree, '/etc/group')),
  };
  return tree;
}

async function textAt(root: TreeNode, tree: FileTree, path: string): Promise<string | undefined> {
  return root.at((await followLinks(tree, path)).path)?.details.text;
}

interface Addition {
  readonly path: string;
  readonly found: Found;
  readonly details: NodeDetails;
  /** The other name that a hard link has: it is that file. */
  readonly linkedTo?: string;
}

interface LayerChanges {
  /** Directories of which nothing that lower layers hold is left. */
  readonly emptied: readonly string[];
  readonly removed: readonly string[];
  readonly additions: readonly Addition[];
}

async function allChanges(layers: readonly (() => Promise<Readable>)[]): Promise<LayerChanges[]> {
  const reads = pLimit(layersAtOnce);
  const opened: Readable[] = [];
  const read = async (open: () => Promise<Readable>, index: number): Promise<LayerChanges> => {
    const layer = await open();
    opened.push(layer);
    return changesOf(layer, index);
  };
  try {
    return await Promise.all(layers.map((open, index) => reads(read, open, index)));
  } finally {
    reads.clearQueue();
    for (const layer of opened) layer.destroy();
  }
}

async function changesOf(compressed: Readable, layer: number): Promise<LayerChanges> {
  const emptied: string[] = [];
  const removed: string[] = [];
  const additions: Addition[] = [];
  for await (const { entry, path, position } of entriesOf(compressed, layer)) {
    const name = posix.basename(path);
    if (name === opaque) emptied.push(posix.dirname(path));
    else if (name.startsWith(whiteout)) removed.push(posix.join(posix.dirname(path), name.slice(whiteout.length)));
    else additions.push(await additionOf(entry, path, position));
    entry.resume();
  }
  return { emptied, removed, additions };
}

/** Whiteouts hide what lower layers hold, never what stands in the same layer, wherever in it they come. */
function layOn(root: TreeNode, { emptied, removed, additions }: LayerChanges): void {
  for (const path of emptied) root.at(path)?.children.clear();
  for (const path of removed) root.remove(path);
  for (const { path, found, details, linkedTo } of additions) {
    const other = linkedTo === undefined ? undefined : root.at(linkedTo);
    root.put(path, other?.found ?? found, other?.details ?? details);
  }
}

/** The entries of a layer as they stream by, each with its place. Each must be read or passed over before the next. */
export async function* entriesOf(
  compressed: Readable,
  layer: number,
): AsyncGenerator<{ entry: Entry; path: string; position: LayerPosition }> {
  let index = 0;
  for await (const entry of readTarEntries(compressed))
    yield { entry, path: posix.resolve('/', entry.header.name), position: { layer, entry: index++ } };
}

async function additionOf(entry: Entry, path: string, position: LayerPosition): Promise<Addition> {
  const { mode = 0o644, uid = 0, gid = 0, size = 0, type, linkname } = entry.header;
  const details = {
    uid,
    gid,
    mode: mode & 0o7777,
    size,
    position,
    ...hindranceOf(entry),
    ...(await accountText(entry, path)),
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

function hindranceOf({ header }: Entry): { hindrance?: string } {
  const { type, pax } = header as Entry['header'] & { readonly pax?: Readonly<Record<string, string>> };
  if (!copied.has(type ?? 'file')) return { hindrance: 'is a device or a pipe' };
  if (pax?.['SCHILY.xattr.security.capability'] !== undefined) return { hindrance: 'has file capabilities' };
  return {};
}

async function accountText(entry: Entry, path: string): Promise<{ text?: string }> {
  const { type, size = 0 } = entry.header;
  if (type !== 'file' || !accountFiles.has(posix.basename(path)) || size > largestAccountFile) return {};
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('utf8') };
}
