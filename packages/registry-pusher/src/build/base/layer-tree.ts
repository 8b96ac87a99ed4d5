import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { compileGlob } from '../context/glob.ts';
import { type FileTree, followLinks, parseOwner } from './file-tree.ts';
import { type LayerChanges, readLayerChanges } from './layer-changes.ts';
import { TreeNode } from './tree-node.ts';

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
 * @param below the tree of lower layers, and their number; it isn't changed
 */
export async function readLayerTree(
  layers: readonly (() => Promise<Readable>)[],
  below?: { readonly tree: LayerTree; readonly layers: number },
): Promise<LayerTree> {
  const root = below?.tree.root.clone() ?? new TreeNode();
  for (const changes of await readAllChanges(layers, below?.layers ?? 0)) applyChanges(root, changes);
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

async function readAllChanges(layers: readonly (() => Promise<Readable>)[], first: number): Promise<LayerChanges[]> {
  const reads = pLimit(concurrentLayers);
  const opened: Readable[] = [];
  const read = async (open: () => Promise<Readable>, index: number): Promise<LayerChanges> => {
    const layer = await open();
    opened.push(layer);
    return readLayerChanges(layer, first + index);
  };
  try {
    return await Promise.all(layers.map((open, index) => reads(read, open, index)));
  } finally {
    reads.clearQueue();
    for (const layer of opened) layer.destroy();
  }
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
