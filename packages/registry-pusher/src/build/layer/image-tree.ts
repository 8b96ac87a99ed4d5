import { posix } from 'node:path';
import { compileGlob } from '../context/glob.ts';
import type { CopiedItem } from './copy-source.ts';
import type { Graft, PlannedEntry, PlannedItem } from './entry.ts';
import type { FileTree, Found, Owner } from '../base/file-tree.ts';
import type { SourceImage } from '../base/source-image.ts';

/** A file of a layer that isn't planned here. Only its kind is known. */
interface KnownFile {
  readonly type: 'known';
  readonly path: string;
  readonly found: Found;
}

/** An image and the layers planned on it so far. */
export class ImageTree implements FileTree {
  readonly image: SourceImage;
  /** In the order of planning. Later items override earlier ones. */
  readonly #items: (PlannedItem | KnownFile)[] = [];
  /** The index of the last item at each path, except grafts. */
  readonly #last = new Map<string, number>();
  readonly #grafts: number[] = [];
  /** Directories that hide the image's files below them. */
  readonly #created = new Set<string>();

  constructor(image: SourceImage) {
    this.image = image;
  }

  /** Returns a copy for a stage that builds on this one. */
  fork(): ImageTree {
    const next = new ImageTree(this.image);
    for (const item of this.#items) next.#add(item);
    for (const path of this.#created) next.#created.add(path);
    return next;
  }

  async lookup(path: string): Promise<Found> {
    return this.lookupKnown(path) ?? this.#lookup(path, this.#items.length);
  }

  /** Looks up a path without reading any image. Returns undefined when that isn't possible. */
  lookupKnown(path: string): Found | undefined {
    if (this.#grafts.length > 0) return undefined;
    const last = this.#last.get(path);
    if (last !== undefined) return foundOf(this.#items[last] as PlannedEntry | KnownFile);
    return this.#created.has(posix.dirname(path)) ? { kind: 'absent' } : undefined;
  }

  /** Looks up a path without downloading any image and without recording a fact. Returns undefined when that isn't possible. */
  async peek(path: string): Promise<Found | undefined> {
    const last = this.#last.get(path) ?? -1;
    for (const at of this.#grafts.filter((each) => each > last).reverse()) {
      const graft = this.#items[at] as Graft;
      const source = sourcePathOf(graft, path);
      const found = source === undefined ? { kind: 'absent' as const } : await graft.image.tree.peek(source);
      if (found?.kind !== 'absent') return found;
    }
    if (last >= 0) return foundOf(this.#items[last] as PlannedEntry | KnownFile);
    return this.#isHidden(path) ? { kind: 'absent' } : this.image.tree.peek(path);
  }

  async match(directory: string, glob: string): Promise<string[]> {
    const matches = compileGlob(glob);
    const names = new Set(await this.#matchInImage(directory, glob));
    for (const item of this.#items) {
      const name = posix.basename(item.path);
      if (posix.dirname(item.path) === directory && matches(name)) names.add(name);
      const source = item.type === 'graft' ? sourcePathOf(item, directory) : undefined;
      if (item.type === 'graft' && item.kind === 'directory' && source !== undefined)
        for (const each of await item.image.tree.match(source, glob)) names.add(each);
    }
    return [...names].sort();
  }

  /** @throws RegistryPusherError DOCKERFILE_INVALID */
  async resolveOwner(name: string): Promise<Owner> {
    return this.image.tree.resolveOwner(name);
  }

  /** Returns whether a layer replaces an account file, which makes the image's names invalid. */
  async hasReplacedAccounts(): Promise<boolean> {
    for (const path of ['/etc/passwd', '/etc/group'])
      if ((await this.#lookupPlanned(path, this.#items.length)) !== undefined) return true;
    return false;
  }

  add(item: PlannedItem): void {
    this.#add(item);
  }

  /** Adds a directory at a path that doesn't exist. */
  createDirectory(item: PlannedItem): void {
    this.add(item);
    this.#created.add(item.path);
  }

  /** Adds a file of a layer that isn't planned here. */
  addKnown(path: string, found: Found): void {
    this.#add({ type: 'known', path, found });
  }

  /** Adds a directory that hides everything below it. */
  addOpaqueDirectory(path: string): void {
    this.addKnown(path, { kind: 'directory' });
    this.#created.add(path);
  }

  /** Returns the current tree, unaffected by later items. */
  snapshot(): FileTree {
    const { length } = this.#items;
    return {
      lookup: (path) => this.#lookup(path, length),
      match: (directory, glob) => this.match(directory, glob),
      resolveOwner: (name) => this.resolveOwner(name),
    };
  }

  /** Returns the file at a path: the planned one, or a graft of the image's. */
  async getFile(path: string): Promise<PlannedItem> {
    const last = this.#last.get(path) ?? -1;
    const graft = await this.#findGraft(path, last, this.#items.length);
    if (graft !== undefined) return { ...graft, kind: 'file', path, source: sourcePathOf(graft, path)! };
    const item = this.#items[last];
    return item === undefined || item.type === 'known' ? this.#graftFromImage('file', path) : item;
  }

  /** Returns everything inside a directory. Later items override earlier ones. */
  async listInside(directory: string): Promise<CopiedItem[]> {
    const all: CopiedItem[] = [];
    if (!this.image.isEmpty && (await this.#lookupInImage(directory)).kind === 'directory')
      all.push({ subpath: '', item: this.#graftFromImage('directory', directory) });
    for (const item of this.#items) {
      if (item.type === 'known') continue;
      const subpath = relative(directory, item.path);
      if (subpath !== undefined && subpath !== '') all.push({ subpath, item });
      else if (item.type === 'graft' && item.kind === 'directory') {
        const source = sourcePathOf(item, directory);
        if (source !== undefined && (await item.image.tree.lookup(source)).kind === 'directory')
          all.push({ subpath: '', item: { ...item, path: directory, source } });
      }
    }
    return all;
  }

  #add(item: PlannedItem | KnownFile): void {
    if (item.type === 'graft') this.#grafts.push(this.#items.length);
    else this.#last.set(item.path, this.#items.length);
    this.#items.push(item);
  }

  async #lookup(path: string, before: number): Promise<Found> {
    return (await this.#lookupPlanned(path, before)) ?? this.#lookupInImage(path);
  }

  /** Looks up a path among the items before an index. */
  async #lookupPlanned(path: string, before: number): Promise<Found | undefined> {
    const at = this.#last.get(path) ?? -1;
    const last =
      at < before
        ? at
        : this.#items.findLastIndex((item, index) => index < before && item.type !== 'graft' && item.path === path);
    const graft = await this.#findGraft(path, last, before);
    if (graft !== undefined) return graft.image.tree.lookup(sourcePathOf(graft, path)!);
    const item = this.#items[last];
    return item === undefined ? undefined : foundOf(item as PlannedEntry | KnownFile);
  }

  /** Returns the last graft between two indexes that has a file at the path. */
  async #findGraft(path: string, after: number, before: number): Promise<Graft | undefined> {
    for (const at of this.#grafts.filter((each) => each > after && each < before).reverse()) {
      const graft = this.#items[at] as Graft;
      const source = sourcePathOf(graft, path);
      if (source !== undefined && (await graft.image.tree.lookup(source)).kind !== 'absent') return graft;
    }
    return undefined;
  }

  async #lookupInImage(path: string): Promise<Found> {
    return this.#isHidden(path) ? { kind: 'absent' } : this.image.tree.lookup(path);
  }

  /** Returns whether a new directory hides the image's files at a path. */
  #isHidden(path: string): boolean {
    for (let parent = path; parent !== '/'; parent = posix.dirname(parent)) if (this.#created.has(parent)) return true;
    return false;
  }

  async #matchInImage(directory: string, glob: string): Promise<string[]> {
    return (await this.#lookupInImage(directory)).kind === 'directory' ? this.image.tree.match(directory, glob) : [];
  }

  #graftFromImage(kind: Graft['kind'], path: string): Graft {
    return { type: 'graft', kind, path, image: this.image, source: path, below: this };
  }
}

function foundOf(item: PlannedEntry | KnownFile): Found {
  if (item.type === 'known') return item.found;
  if (item.type === 'link') return { kind: 'link', target: item.target };
  if (item.type === 'file') return { kind: 'file' };
  return (item.mode & 0o2000) === 0 ? { kind: 'directory' } : { kind: 'directory', group: item.gid };
}

/** Returns the path in a graft's image of the file at a destination. */
function sourcePathOf({ kind, path, source }: Graft, at: string): string | undefined {
  const subpath = relative(path, at);
  return subpath === undefined || (kind === 'file' && subpath !== '') ? undefined : posix.join(source, subpath);
}

/** Returns a path relative to a directory, or undefined for a path outside. */
function relative(directory: string, path: string): string | undefined {
  if (path === directory) return '';
  const prefix = directory === '/' ? '/' : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}
