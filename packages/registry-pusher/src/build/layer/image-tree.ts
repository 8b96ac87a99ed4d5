import { posix } from 'node:path';
import { compileGlob } from '../context/glob.ts';
import type { Graft, PlannedEntry, PlannedItem } from './entry.ts';
import type { FileTree, Found, Owner } from '../base/file-tree.ts';
import type { SourceImage } from '../base/source-image.ts';

/** Something that stands inside a directory, by its path from there; a graft of the directory itself has the empty path. */
export interface Inside {
  readonly inside: string;
  readonly item: PlannedItem;
}

/** What is known to stand at a path, though not what it is made of: what a layer holds that was not planned here. */
interface Seen {
  readonly type: 'seen';
  readonly path: string;
  readonly found: Found;
}

/** An image with the layers on it that were planned so far. */
export class ImageTree implements FileTree {
  readonly image: SourceImage;
  /** In the order in which they were planned: what comes later lies on top. */
  readonly #items: (PlannedItem | Seen)[] = [];
  /** The last item of each path that is not a graft, by its place among all. */
  readonly #last = new Map<string, number>();
  readonly #grafts: number[] = [];
  /** Directories that the image has not: it is never asked for what is inside. */
  readonly #created = new Set<string>();

  constructor(image: SourceImage) {
    this.image = image;
  }

  /** The same, for a stage that stands on this one. */
  continued(): ImageTree {
    const next = new ImageTree(this.image);
    for (const item of this.#items) next.#put(item);
    for (const path of this.#created) next.#created.add(path);
    return next;
  }

  async lookup(path: string): Promise<Found> {
    return this.known(path) ?? this.#lookup(path, this.#items.length);
  }

  /** What stands at a path, where no image has to be asked for it. */
  known(path: string): Found | undefined {
    if (this.#grafts.length > 0) return undefined;
    const last = this.#last.get(path);
    if (last !== undefined) return foundOf(this.#items[last] as PlannedEntry | Seen);
    return this.#created.has(posix.dirname(path)) ? { kind: 'absent' } : undefined;
  }

  async match(directory: string, glob: string): Promise<string[]> {
    const matches = compileGlob(glob);
    const names = new Set(await this.#imageMatching(directory, glob));
    for (const item of this.#items) {
      const name = posix.basename(item.path);
      if (posix.dirname(item.path) === directory && matches(name)) names.add(name);
      const source = item.type === 'graft' ? graftedFrom(item, directory) : undefined;
      if (item.type === 'graft' && item.kind === 'directory' && source !== undefined)
        for (const each of await item.image.tree.match(source, glob)) names.add(each);
    }
    return [...names].sort();
  }

  /** @throws RegistryPusherError DOCKERFILE_INVALID */
  async resolveOwner(name: string): Promise<Owner> {
    return this.image.tree.resolveOwner(name);
  }

  /** Whether an account file was replaced, so that the image's names no longer count. */
  async hasOwnAccounts(): Promise<boolean> {
    for (const path of ['/etc/passwd', '/etc/group'])
      if ((await this.#planned(path, this.#items.length)) !== undefined) return true;
    return false;
  }

  put(item: PlannedItem): void {
    this.#put(item);
  }

  /** Puts a directory where nothing is. */
  createDirectory(item: PlannedItem): void {
    this.put(item);
    this.#created.add(item.path);
  }

  /** Takes notice of what a layer holds that was not planned here. */
  see(path: string, found: Found): void {
    this.#put({ type: 'seen', path, found });
  }

  /** Takes notice of a directory that hides what stood there. */
  seeEmptied(path: string): void {
    this.see(path, { kind: 'directory' });
    this.#created.add(path);
  }

  /** What there is now, whatever is planned later. */
  asItIs(): FileTree {
    const { length } = this.#items;
    return {
      lookup: (path) => this.#lookup(path, length),
      match: (directory, glob) => this.match(directory, glob),
      resolveOwner: (name) => this.resolveOwner(name),
    };
  }

  /** The file at a path: as it was planned, or a graft from the image that holds it. */
  async file(path: string): Promise<PlannedItem> {
    const last = this.#last.get(path) ?? -1;
    const graft = await this.#graftWith(path, last, this.#items.length);
    if (graft !== undefined) return { ...graft, kind: 'file', path, source: graftedFrom(graft, path)! };
    const item = this.#items[last];
    return item === undefined || item.type === 'seen' ? this.#graftOfImage('file', path) : item;
  }

  /** Everything inside a directory, in an order in which what comes later lies on top. */
  async inside(directory: string): Promise<Inside[]> {
    const all: Inside[] = [];
    if (!this.image.isEmpty && (await this.#imageLookup(directory)).kind === 'directory')
      all.push({ inside: '', item: this.#graftOfImage('directory', directory) });
    for (const item of this.#items) {
      if (item.type === 'seen') continue;
      const inside = relative(directory, item.path);
      if (inside !== undefined && inside !== '') all.push({ inside, item });
      else if (item.type === 'graft' && item.kind === 'directory') {
        const source = graftedFrom(item, directory);
        if (source !== undefined && (await item.image.tree.lookup(source)).kind === 'directory')
          all.push({ inside: '', item: { ...item, path: directory, source } });
      }
    }
    return all;
  }

  #put(item: PlannedItem | Seen): void {
    if (item.type === 'graft') this.#grafts.push(this.#items.length);
    else this.#last.set(item.path, this.#items.length);
    this.#items.push(item);
  }

  async #lookup(path: string, before: number): Promise<Found> {
    return (await this.#planned(path, before)) ?? this.#imageLookup(path);
  }

  /** What the items before a place say of a path. */
  async #planned(path: string, before: number): Promise<Found | undefined> {
    const at = this.#last.get(path) ?? -1;
    const last =
      at < before
        ? at
        : this.#items.findLastIndex((item, index) => index < before && item.type !== 'graft' && item.path === path);
    const graft = await this.#graftWith(path, last, before);
    if (graft !== undefined) return graft.image.tree.lookup(graftedFrom(graft, path)!);
    const item = this.#items[last];
    return item === undefined ? undefined : foundOf(item as PlannedEntry | Seen);
  }

  /** The last graft between two places that has something at a path. */
  async #graftWith(path: string, after: number, before: number): Promise<Graft | undefined> {
    for (const at of this.#grafts.filter((each) => each > after && each < before).reverse()) {
      const graft = this.#items[at] as Graft;
      const source = graftedFrom(graft, path);
      if (source !== undefined && (await graft.image.tree.lookup(source)).kind !== 'absent') return graft;
    }
    return undefined;
  }

  async #imageLookup(path: string): Promise<Found> {
    for (let above = path; above !== '/'; above = posix.dirname(above))
      if (this.#created.has(above)) return { kind: 'absent' };
    return this.image.tree.lookup(path);
  }

  async #imageMatching(directory: string, glob: string): Promise<string[]> {
    return (await this.#imageLookup(directory)).kind === 'directory' ? this.image.tree.match(directory, glob) : [];
  }

  #graftOfImage(kind: Graft['kind'], path: string): Graft {
    return { type: 'graft', kind, path, image: this.image, source: path, below: this };
  }
}

function foundOf(item: PlannedEntry | Seen): Found {
  if (item.type === 'seen') return item.found;
  if (item.type === 'link') return { kind: 'link', target: item.target };
  if (item.type === 'file') return { kind: 'file' };
  return (item.mode & 0o2000) === 0 ? { kind: 'directory' } : { kind: 'directory', group: item.gid };
}

/** Where in its image a graft takes from what it puts at a path. */
function graftedFrom({ kind, path, source }: Graft, at: string): string | undefined {
  const inside = relative(path, at);
  return inside === undefined || (kind === 'file' && inside !== '') ? undefined : posix.join(source, inside);
}

/** A path from a directory; undefined when it is not inside. */
function relative(directory: string, path: string): string | undefined {
  if (path === directory) return '';
  const prefix = directory === '/' ? '/' : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}
