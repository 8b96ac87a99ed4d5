import type { FileTree, Found, Owner } from './file-tree.ts';

/**
 * What was asked of a base's file tree, and the answers: `absent`, `folder`, `file` or `-> target` by path, `uid:gid` by
 * name. They are true of every image that stands on the same layers.
 */
export interface BaseFacts {
  readonly paths: Readonly<Record<string, string>>;
  readonly owners: Readonly<Record<string, string>>;
}

/** Nothing is known. */
export const noFacts: BaseFacts = { paths: {}, owners: {} };

/**
 * A base's tree that answers from what is remembered, opens the real one only for what is not, and notes what was asked.
 */
export class RememberingTree implements FileTree {
  readonly #open: () => Promise<FileTree>;
  readonly #paths: Map<string, string>;
  readonly #owners: Map<string, string>;
  #asked = { paths: new Set<string>(), owners: new Set<string>() };
  #opened?: Promise<FileTree>;

  constructor(remembered: BaseFacts, open: () => Promise<FileTree>) {
    this.#open = open;
    this.#paths = new Map(Object.entries(remembered.paths));
    this.#owners = new Map(Object.entries(remembered.owners));
  }

  async lookup(path: string): Promise<Found> {
    if (path === '/') return { kind: 'folder' };
    this.#asked.paths.add(path);
    const answer = this.#paths.get(path) ?? writeFound(await (await this.#tree()).lookup(path));
    this.#paths.set(path, answer);
    return readFound(answer);
  }

  async owner(name: string): Promise<Owner> {
    this.#asked.owners.add(name);
    const answer = this.#owners.get(name) ?? writeOwner(await (await this.#tree()).owner(name));
    this.#owners.set(name, answer);
    return readOwner(answer);
  }

  /** What was asked since the last call, with the answers, in a fixed order. */
  takeFacts(): BaseFacts {
    const answers = (asked: ReadonlySet<string>, known: ReadonlyMap<string, string>) =>
      Object.fromEntries([...asked].sort().map((key) => [key, known.get(key)!]));
    const facts = {
      paths: answers(this.#asked.paths, this.#paths),
      owners: answers(this.#asked.owners, this.#owners),
    };
    this.#asked = { paths: new Set(), owners: new Set() };
    return facts;
  }

  #tree(): Promise<FileTree> {
    return (this.#opened ??= this.#open());
  }
}

/** Later facts are added to earlier ones. */
export function mergeFacts(all: readonly BaseFacts[]): BaseFacts {
  return {
    paths: Object.assign({}, ...all.map(({ paths }) => paths)) as Record<string, string>,
    owners: Object.assign({}, ...all.map(({ owners }) => owners)) as Record<string, string>,
  };
}

function writeFound(found: Found): string {
  return found.kind === 'link' ? `-> ${found.target}` : found.kind;
}

function readFound(text: string): Found {
  if (text.startsWith('-> ')) return { kind: 'link', target: text.slice(3) };
  return { kind: text as 'absent' | 'folder' | 'file' };
}

function writeOwner({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

function readOwner(text: string): Owner {
  const [uid, gid] = text.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}
