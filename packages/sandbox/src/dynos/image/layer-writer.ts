import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { resolveInImage } from './image-path.ts';
import type { LayerEntry } from './layer-reader.ts';
import type { StoredLayer } from './layer-store.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Applies one layer's entries to the layers below it (OCI image specification, "Image Layer Filesystem Changeset"). Files
 * are links to their contents in the layer store. Nothing is written outside the root, regardless of names and links.
 * Links to absolute paths become relative, so they point into the image and not to the machine's files.
 */
export class LayerWriter {
  readonly #root: string;
  readonly #layer: StoredLayer;
  /** Modes of directories, set after all layers: a directory may be closed to its owner. Shared by the layers. */
  readonly #directoryModes: Map<string, number>;
  /** What this layer added, and its parent directories: whiteouts hide only lower layers. */
  readonly #added = new Set<string>();
  readonly #directories = new Map<string, string>();

  constructor(root: string, layer: StoredLayer, directoryModes: Map<string, number>) {
    this.#root = root;
    this.#layer = layer;
    this.#directoryModes = directoryModes;
  }

  write(entry: LayerEntry): void {
    const name = safeName(entry.name);
    if (name === '') return;
    const directory = this.#directory(dirname(name));
    const last = basename(name);
    if (last === opaque) this.#hideAll(directory);
    else if (last.startsWith(whiteout + whiteout)) return;
    else if (last.startsWith(whiteout)) this.#hide(join(directory, hiddenName(last, entry.name)));
    else this.#add(join(directory, last), entry);
  }

  #add(path: string, entry: LayerEntry): void {
    if (entry.type === 'directory') this.#addDirectory(path, entry.mode);
    else if (entry.type === 'file') this.#addFile(path, this.#layer.contentPath(entry.content));
    else if (entry.type === 'symlink') this.#addSymlink(path, entry.target);
    else this.#addHardLink(path, entry.target);
    for (let added = path; added.length > this.#root.length && !this.#added.has(added); added = dirname(added)) {
      this.#added.add(added);
    }
  }

  #addDirectory(path: string, mode: number): void {
    if (!statOf(path)?.isDirectory()) {
      this.#remove(path);
      mkdirSync(path);
    }
    this.#directoryModes.set(path, mode);
  }

  #addFile(path: string, content: string): void {
    try {
      linkSync(content, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      this.#remove(path);
      linkSync(content, path);
    }
  }

  #addSymlink(path: string, target: string): void {
    this.#remove(path);
    const depth = relative(this.#root, dirname(path)).split('/').filter(Boolean).length;
    const up = '../'.repeat(depth) || './';
    symlinkSync(target.startsWith('/') ? `${up}${target.replace(/^\/+/, '')}` : target, path);
  }

  #addHardLink(path: string, target: string): void {
    const source = resolveInImage(this.#root, safeName(target), { followLast: false });
    if (source === path) return;
    const stats = statOf(source);
    if (!stats || stats.isDirectory()) {
      throw new SandboxError('IMAGE_INVALID', `a hard link points to ${target}, which isn't a file of the image`);
    }
    this.#remove(path);
    // Some systems follow a symbolic link here, others don't.
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), path);
    else linkSync(source, path);
  }

  /** Returns the directory at a path of the image, created if missing. */
  #directory(name: string): string {
    if (name === '.') return this.#root;
    const known = this.#directories.get(name);
    if (known !== undefined) return known;
    let path = join(this.#directory(dirname(name)), basename(name));
    const stats = statOf(path);
    if (stats?.isSymbolicLink()) path = this.#directoryBehindLink(name);
    else if (!stats?.isDirectory()) {
      this.#remove(path);
      mkdirSync(path);
    }
    this.#directories.set(name, path);
    return path;
  }

  #directoryBehindLink(name: string): string {
    const path = resolveInImage(this.#root, name);
    const parts = relative(this.#root, path).split('/').filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = join(this.#root, ...parts.slice(0, depth));
      if (statOf(part)?.isDirectory()) continue;
      this.#remove(part);
      mkdirSync(part);
    }
    return path;
  }

  #hideAll(directory: string): void {
    for (const name of readdirSync(directory)) this.#hide(join(directory, name));
  }

  /** Removes what lower layers added, and keeps what this layer added. */
  #hide(path: string): void {
    const stats = statOf(path);
    if (!stats) return;
    if (!this.#added.has(path)) this.#remove(path);
    else if (stats.isDirectory()) this.#hideAll(path);
  }

  #remove(path: string): void {
    const stats = statOf(path);
    if (!stats) return;
    rmSync(path, { recursive: stats.isDirectory(), force: true });
    // Directories found before may be removed, or links now.
    if (stats.isDirectory() || stats.isSymbolicLink()) this.#directories.clear();
    if (stats.isDirectory()) this.#forgetModes(path);
  }

  #forgetModes(path: string): void {
    for (const directory of this.#directoryModes.keys()) {
      if (directory === path || directory.startsWith(`${path}/`)) this.#directoryModes.delete(directory);
    }
  }
}

/** Sets the directories' modes, deepest first. */
export function applyDirectoryModes(modes: ReadonlyMap<string, number>): void {
  for (const [path, mode] of [...modes].sort(([left], [right]) => right.length - left.length)) {
    if (statOf(path)?.isDirectory()) chmodSync(path, mode);
  }
}

/** Returns what a whiteout hides. Throws IMAGE_INVALID if that isn't a file next to it. */
function hiddenName(name: string, path: string): string {
  const hidden = name.slice(whiteout.length);
  if (!['', '.', '..'].includes(hidden)) return hidden;
  throw new SandboxError('IMAGE_INVALID', `a layer contains the whiteout ${JSON.stringify(path)}, which hides no file`);
}

function safeName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || name.includes('\0')) {
    throw new SandboxError(
      'IMAGE_INVALID',
      `a layer contains an entry named ${JSON.stringify(name)}, which is outside the image`,
    );
  }
  return parts.join('/');
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
