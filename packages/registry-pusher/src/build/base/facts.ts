import { posix } from 'node:path';
import type { FileTree, Found, Owner } from './file-tree.ts';

/**
 * Queries of an image's file tree with their results: `absent`, `folder`, `folder of group 50`, `file`, `file of glibc 2.36` or `-> target` by path,
 * `uid:gid` by name, and matching names by directory and pattern. They are valid for every image with the same layers.
 */
export interface ImageFacts {
  readonly paths: Readonly<Record<string, string>>;
  readonly owners: Readonly<Record<string, string>>;
  readonly names?: Readonly<Record<string, string>>;
}

export const noFacts: ImageFacts = { paths: {}, owners: {} };

/** An image's file tree that records its queries. It returns known facts, and opens the real tree only for new ones. */
export class CachedFileTree<T extends FileTree = FileTree> implements FileTree {
  readonly #open: () => Promise<T>;
  readonly #known: Record<keyof ImageFacts, Map<string, string>>;
  #queried = noQueries();
  #opened?: Promise<T>;

  constructor(known: ImageFacts, open: () => Promise<T>) {
    this.#open = open;
    this.#known = {
      paths: new Map(Object.entries(known.paths)),
      owners: new Map(Object.entries(known.owners)),
      names: new Map(Object.entries(known.names ?? {})),
    };
  }

  async lookup(path: string): Promise<Found> {
    if (path === '/') return { kind: 'directory' };
    return parseFound(await this.#query('paths', path, async (tree) => formatFound(await tree.lookup(path))));
  }

  /** Looks up a path without opening the real tree and without recording a fact. Returns undefined when that isn't possible. */
  async peek(path: string): Promise<Found | undefined> {
    if (this.#opened !== undefined) return (await this.#opened).lookup(path);
    for (let at = path; at !== '/'; at = posix.dirname(at)) {
      const known = this.#known.paths.get(at);
      if (known === undefined) continue;
      const found = parseFound(known);
      if (at === path) return found;
      if (found.kind === 'absent' || found.kind === 'file') return { kind: 'absent' };
    }
    return path === '/' ? { kind: 'directory' } : undefined;
  }

  async resolveOwner(name: string): Promise<Owner> {
    return parseOwner(await this.#query('owners', name, async (tree) => formatOwner(await tree.resolveOwner(name))));
  }

  async match(directory: string, glob: string): Promise<string[]> {
    const format = async (tree: T) => (await tree.match(directory, glob)).join('/');
    const names = await this.#query('names', `${directory} ${glob}`, format);
    return names === '' ? [] : names.split('/');
  }

  /** Opens the real tree. */
  open(): Promise<T> {
    return (this.#opened ??= this.#open());
  }

  /** Returns the facts queried since the last call, sorted. */
  takeFacts(): ImageFacts {
    const results = (kind: keyof ImageFacts) =>
      Object.fromEntries([...this.#queried[kind]].sort().map((key) => [key, this.#known[kind].get(key)!]));
    const names = results('names');
    const facts = {
      paths: results('paths'),
      owners: results('owners'),
      ...(Object.keys(names).length === 0 ? {} : { names }),
    };
    this.#queried = noQueries();
    return facts;
  }

  async #query(kind: keyof ImageFacts, key: string, read: (tree: T) => Promise<string>): Promise<string> {
    this.#queried[kind].add(key);
    const result = this.#known[kind].get(key) ?? (await read(await this.open()));
    this.#known[kind].set(key, result);
    return result;
  }
}

function noQueries(): Record<keyof ImageFacts, Set<string>> {
  return { paths: new Set(), owners: new Set(), names: new Set() };
}

/** Later facts override earlier ones. */
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

function formatFound(found: Found): string {
  if (found.kind === 'link') return `-> ${found.target}`;
  if (found.kind === 'file' && found.glibc !== undefined) return `file of glibc ${found.glibc}`;
  if (found.kind !== 'directory') return found.kind;
  return found.group === undefined ? 'folder' : `folder of group ${found.group}`;
}

function parseFound(text: string): Found {
  if (text.startsWith('-> ')) return { kind: 'link', target: text.slice(3) };
  if (text.startsWith('file of glibc ')) return { kind: 'file', glibc: text.slice('file of glibc '.length) };
  const [kind, group] = text.split(' of group ');
  if (group !== undefined) return { kind: 'directory', group: Number(group) };
  return { kind: kind === 'folder' ? 'directory' : (kind as 'absent' | 'file') };
}

function formatOwner({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

function parseOwner(text: string): Owner {
  const [uid, gid] = text.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}
