import type { FileTree, Found, Owner } from './file-tree.ts';

/**
 * What was asked of an image's file tree, and the answers: `absent`, `folder`, `folder of group 50`, `file` or `-> target` by path, `uid:gid` by
 * name, and the names that match by directory and pattern. They are true of every image that has the same layers.
 */
export interface ImageFacts {
  readonly paths: Readonly<Record<string, string>>;
  readonly owners: Readonly<Record<string, string>>;
  readonly names?: Readonly<Record<string, string>>;
}

/** Nothing is known. */
export const noFacts: ImageFacts = { paths: {}, owners: {} };

/**
 * An image's tree that answers from what is remembered, opens the real one only for what is not, and notes what was asked.
 */
export class RememberingTree<T extends FileTree = FileTree> implements FileTree {
  readonly #open: () => Promise<T>;
  readonly #known: Record<keyof ImageFacts, Map<string, string>>;
  #asked = nothingAsked();
  #opened?: Promise<T>;

  constructor(remembered: ImageFacts, open: () => Promise<T>) {
    this.#open = open;
    this.#known = {
      paths: new Map(Object.entries(remembered.paths)),
      owners: new Map(Object.entries(remembered.owners)),
      names: new Map(Object.entries(remembered.names ?? {})),
    };
  }

  async lookup(path: string): Promise<Found> {
    if (path === '/') return { kind: 'directory' };
    return readFound(await this.#answer('paths', path, async (tree) => writeFound(await tree.lookup(path))));
  }

  async owner(name: string): Promise<Owner> {
    return readOwner(await this.#answer('owners', name, async (tree) => writeOwner(await tree.owner(name))));
  }

  async matching(directory: string, glob: string): Promise<string[]> {
    const write = async (tree: T) => (await tree.matching(directory, glob)).join('/');
    const names = await this.#answer('names', `${directory} ${glob}`, write);
    return names === '' ? [] : names.split('/');
  }

  /** The real tree. */
  open(): Promise<T> {
    return (this.#opened ??= this.#open());
  }

  /** What was asked since the last call, with the answers, in a fixed order. */
  takeFacts(): ImageFacts {
    const answers = (kind: keyof ImageFacts) =>
      Object.fromEntries([...this.#asked[kind]].sort().map((key) => [key, this.#known[kind].get(key)!]));
    const names = answers('names');
    const facts = {
      paths: answers('paths'),
      owners: answers('owners'),
      ...(Object.keys(names).length === 0 ? {} : { names }),
    };
    this.#asked = nothingAsked();
    return facts;
  }

  async #answer(kind: keyof ImageFacts, key: string, ask: (tree: T) => Promise<string>): Promise<string> {
    this.#asked[kind].add(key);
    const answer = this.#known[kind].get(key) ?? (await ask(await this.open()));
    this.#known[kind].set(key, answer);
    return answer;
  }
}

function nothingAsked(): Record<keyof ImageFacts, Set<string>> {
  return { paths: new Set(), owners: new Set(), names: new Set() };
}

/** Later facts are added to earlier ones. */
export function mergeFacts(all: readonly ImageFacts[]): ImageFacts {
  const merged = (kind: keyof ImageFacts) =>
    Object.assign({}, ...all.map((facts) => facts[kind])) as Record<string, string>;
  const names = merged('names');
  return {
    paths: merged('paths'),
    owners: merged('owners'),
    ...(Object.keys(names).length === 0 ? {} : { names }),
  };
}

function writeFound(found: Found): string {
  if (found.kind === 'link') return `-> ${found.target}`;
  if (found.kind !== 'directory') return found.kind;
  return found.group === undefined ? 'folder' : `folder of group ${found.group}`;
}

function readFound(text: string): Found {
  if (text.startsWith('-> ')) return { kind: 'link', target: text.slice(3) };
  const [kind, group] = text.split(' of group ');
  if (group !== undefined) return { kind: 'directory', group: Number(group) };
  return { kind: kind === 'folder' ? 'directory' : (kind as 'absent' | 'file') };
}

function writeOwner({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

function readOwner(text: string): Owner {
  const [uid, gid] = text.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}
