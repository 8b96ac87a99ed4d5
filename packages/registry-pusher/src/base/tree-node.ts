import type { Found } from './file-tree.ts';

/** A file tree in memory that image layers are laid on, one after the other. */
export class TreeNode {
  found: Found = { kind: 'folder' };
  /** The text of an account file. */
  text?: string;
  readonly children = new Map<string, TreeNode>();

  at(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this;
    for (const part of parts(path)) node = node?.children.get(part);
    return node;
  }

  /** Puts something at a path; what stood there goes, but a folder laid on a folder keeps what is inside. */
  put(path: string, found: Found, text?: string): void {
    let node: TreeNode = this;
    for (const part of parts(path)) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = new TreeNode()));
      node = child;
    }
    if (found.kind !== 'folder') node.children.clear();
    node.found = found;
    if (text === undefined) delete node.text;
    else node.text = text;
  }

  remove(path: string): void {
    const names = parts(path);
    const name = names.pop();
    if (name !== undefined) this.at(names.join('/'))?.children.delete(name);
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
