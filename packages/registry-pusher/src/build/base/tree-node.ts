import type { Found, Owner } from './file-tree.ts';

/** Where a file's content lies: in which of an image's layers, and which of its entries. Names of one file share it. */
export interface LayerPosition {
  readonly layer: number;
  readonly entry: number;
}

/** What a layer's entry says of what it puts somewhere. */
export interface NodeDetails extends Owner {
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of a file's content. */
  readonly size: number;
  readonly position: LayerPosition;
  /** Why this cannot be copied into another image, where it cannot. */
  readonly hindrance?: string;
  /** The text of an account file. */
  readonly text?: string;
}

const unnamed: NodeDetails = { uid: 0, gid: 0, mode: 0o755, size: 0, position: { layer: -1, entry: -1 } };

/** A file tree in memory that image layers are laid on, one after the other. */
export class TreeNode {
  found: Found = { kind: 'directory' };
  details: NodeDetails = unnamed;
  readonly children = new Map<string, TreeNode>();

  at(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this;
    for (const part of parts(path)) node = node?.children.get(part);
    return node;
  }

  /** Puts something at a path; what stood there goes, but a directory laid on a directory keeps what is inside. */
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

  /** Everything inside, by its path from here, in the order of names, each directory before what is in it. */
  *inside(): Generator<[path: string, node: TreeNode]> {
    for (const name of [...this.children.keys()].sort()) {
      const child = this.children.get(name)!;
      yield [name, child];
      for (const [path, node] of child.inside()) yield [`${name}/${path}`, node];
    }
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
