import type { Found, Owner } from './file-tree.ts';

/** The layer and the entry with a file's content. All names of one file share it. */
export interface LayerPosition {
  readonly layer: number;
  readonly entry: number;
}

/** The properties of a file in a layer. */
export interface NodeDetails extends Owner {
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of a file's content. */
  readonly size: number;
  readonly position: LayerPosition;
  /** Why the file can't be copied into another image. */
  readonly copyBlocker?: string;
  /** The text of an account file. */
  readonly text?: string;
}

/** For directories without an entry of their own. */
const impliedDetails: NodeDetails = { uid: 0, gid: 0, mode: 0o755, size: 0, position: { layer: -1, entry: -1 } };

/** A file tree in memory to which image layers are applied, one after the other. */
export class TreeNode {
  found: Found = { kind: 'directory' };
  details: NodeDetails = impliedDetails;
  readonly children = new Map<string, TreeNode>();

  at(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this;
    for (const part of parts(path)) node = node?.children.get(part);
    return node;
  }

  /** Replaces the file at a path. A directory that replaces a directory keeps the files inside. */
  put(path: string, found: Found, details: NodeDetails): void {
    let node: TreeNode = this;
    for (const part of parts(path)) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = new TreeNode()));
      node = child;
    }
    if (found.kind !== 'directory') node.children.clear();
    node.found = found;
    node.details = details;
  }

  remove(path: string): void {
    const names = parts(path);
    const name = names.pop();
    if (name !== undefined) this.at(names.join('/'))?.children.delete(name);
  }

  clone(): TreeNode {
    const copy = new TreeNode();
    copy.found = this.found;
    copy.details = this.details;
    for (const [name, child] of this.children) copy.children.set(name, child.clone());
    return copy;
  }

  /** Yields everything inside with its relative path, sorted by name, each directory before its items. */
  *descendants(): Generator<[path: string, node: TreeNode]> {
    for (const name of [...this.children.keys()].sort()) {
      const child = this.children.get(name)!;
      yield [name, child];
      for (const [path, node] of child.descendants()) yield [`${name}/${path}`, node];
    }
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
