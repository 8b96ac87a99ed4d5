import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, extract } from 'tar-stream';
import { decompressed } from '../layer/decompress.ts';
import { type FileTree, followLinks, type Found, ownerFrom } from './file-tree.ts';
import { TreeNode } from './tree-node.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Files of these names may be where /etc/passwd or /etc/group links to; larger ones are no account files. */
const accountFiles = new Set(['passwd', 'group']);
const largestAccountFile = 1024 * 1024;

/**
 * Reads an image's layers, lowest first, into the tree that a container of it would see: files that a layer whites out are
 * gone, opaque folders hide what lower layers put into them. Only names are kept, and the account files.
 * @see OCI image-spec, layer.md#whiteouts
 */
export async function readLayerTree(layers: AsyncIterable<Readable> | Iterable<Readable>): Promise<FileTree> {
  const root = new TreeNode();
  for await (const layer of layers) await layOn(root, layer);
  const tree: FileTree = {
    lookup: async (path) => root.at(path)?.found ?? { kind: 'absent' },
    owner: async (name) =>
      ownerFrom(name, await textAt(root, tree, '/etc/passwd'), await textAt(root, tree, '/etc/group')),
  };
  return tree;
}

async function textAt(root: TreeNode, tree: FileTree, path: string): Promise<string | undefined> {
  return root.at((await followLinks(tree, path)).path)?.text;
}

interface Addition {
  readonly path: string;
  readonly found: Found;
  readonly text?: string;
}

/** Whiteouts hide what lower layers hold, never what stands in the same layer, wherever in it they come. */
async function layOn(root: TreeNode, compressed: Readable): Promise<void> {
  const additions: Addition[] = [];
  for await (const entry of entriesOf(compressed)) {
    const path = posix.resolve('/', entry.header.name);
    const name = posix.basename(path);
    if (name === opaque) root.at(posix.dirname(path))?.children.clear();
    else if (name.startsWith(whiteout)) root.remove(posix.join(posix.dirname(path), name.slice(whiteout.length)));
    else additions.push({ path, found: foundOf(entry), ...(await accountText(entry, name)) });
    entry.resume();
  }
  for (const { path, found, text } of additions) root.put(path, found, text);
}

async function* entriesOf(compressed: Readable): AsyncGenerator<Entry> {
  const tar = extract();
  const unpacked = pipeline(decompressed(compressed), tar as unknown as NodeJS.WritableStream);
  unpacked.catch(() => undefined);
  for await (const entry of tar) yield entry;
  await unpacked;
}

function foundOf({ header }: Entry): Found {
  if (header.type === 'directory') return { kind: 'folder' };
  if (header.type === 'symlink') return { kind: 'link', target: header.linkname ?? '' };
  return { kind: 'file' };
}

async function accountText(entry: Entry, name: string): Promise<{ text?: string }> {
  const { type, size = 0 } = entry.header;
  if (type !== 'file' || !accountFiles.has(name) || size > largestAccountFile) return {};
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('utf8') };
}
