import type { FileState } from '../tar/file-state.ts';
import type { LayerChanges } from '../tar/layer-changes.ts';

interface Node {
  state?: FileState;
  readonly children: Map<string, Node>;
}

/** The files that a container sees: layers applied in order, lowest first. */
export class MergedTree {
  /** Every path that a layer adds. */
  readonly touched = new Set<string>();
  /** Every path that hides the layers below: removed, or not a directory. A path that only hides its content ends with a slash. */
  readonly hiding = new Set<string>();
  readonly #root: Node = { children: new Map() };

  /** Applies a layer. Removes files of the layers below first: a layer never removes its own. */
  apply({ puts, removes, empties }: LayerChanges): void {
    for (const path of removes) this.#remove(path);
    for (const path of empties) {
      this.hiding.add(`${path}/`);
      this.#at(path)?.children.clear();
    }
    for (const [path, put] of puts) {
      const state = 'sameAs' in put ? this.#at(put.sameAs)?.state : put;
      this.#put(path, state ?? { kind: 'link', mode: 0, uid: 0, gid: 0, size: 0, target: `= ${targetOf(put)}` });
    }
  }

  /** Lists all paths, each directory before its content. */
  *entries(): Generator<[path: string, state: FileState]> {
    yield* walk(this.#root, '');
  }

  get(path: string): FileState | undefined {
    return this.#at(path)?.state;
  }

  #put(path: string, state: FileState): void {
    this.touched.add(path);
    let node = this.#root;
    for (const part of splitPath(path)) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = { children: new Map() }));
      node = child;
    }
    if (state.kind !== 'folder') {
      this.hiding.add(path);
      node.children.clear();
    }
    node.state = state;
  }

  #remove(path: string): void {
    this.hiding.add(path);
    const names = splitPath(path);
    const name = names.pop()!;
    this.#at(names.join('/'))?.children.delete(name);
  }

  #at(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of splitPath(path)) node = node?.children.get(part);
    return node;
  }
}

function* walk({ state, children }: Node, path: string): Generator<[string, FileState]> {
  if (state !== undefined) yield [path, state];
  for (const [name, child] of children) yield* walk(child, `${path}/${name}`);
}

function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** Identifies a hard link to a file in a skipped layer, which is the same file in both images. */
function targetOf(put: FileState | { readonly sameAs: string }): string {
  return 'sameAs' in put ? put.sameAs : '';
}
