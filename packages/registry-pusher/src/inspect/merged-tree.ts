import type { FileState } from '../tar/file-state.ts';
import type { LayerChanges } from '../tar/layer-changes.ts';

interface Node {
  state?: FileState;
  readonly children: Map<string, Node>;
}

/** The files that a container sees: layers laid on one another, lowest first. */
export class MergedTree {
  /** Every path that a layer put something at. */
  readonly touched = new Set<string>();
  /** Every path that hides what stands there in layers further below: removed, or no folder. One that hides what is inside alone ends with a slash. */
  readonly hiding = new Set<string>();
  readonly #root: Node = { children: new Map() };

  /** What a layer removes are files of the layers below, never its own. */
  lay({ puts, removes, empties }: LayerChanges): void {
    for (const path of removes) this.#remove(path);
    for (const path of empties) {
      this.hiding.add(`${path}/`);
      this.#at(path)?.children.clear();
    }
    for (const [path, what] of puts) {
      const state = 'sameAs' in what ? this.#at(what.sameAs)?.state : what;
      this.#put(path, state ?? { kind: 'link', mode: 0, uid: 0, gid: 0, size: 0, target: `= ${pathOf(what)}` });
    }
  }

  /** All paths with what stands there, each folder before what is in it. */
  *entries(): Generator<[path: string, state: FileState]> {
    yield* walk(this.#root, '');
  }

  get(path: string): FileState | undefined {
    return this.#at(path)?.state;
  }

  #put(path: string, state: FileState): void {
    this.touched.add(path);
    let node = this.#root;
    for (const part of parts(path)) {
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
    const names = parts(path);
    const name = names.pop()!;
    this.#at(names.join('/'))?.children.delete(name);
  }

  #at(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of parts(path)) node = node?.children.get(part);
    return node;
  }
}

function* walk({ state, children }: Node, path: string): Generator<[string, FileState]> {
  if (state !== undefined) yield [path, state];
  for (const [name, child] of children) yield* walk(child, `${path}/${name}`);
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** A hard link to a layer that was not read: as long as both images name the same one, it is the same. */
function pathOf(what: FileState | { readonly sameAs: string }): string {
  return 'sameAs' in what ? what.sameAs : '';
}
