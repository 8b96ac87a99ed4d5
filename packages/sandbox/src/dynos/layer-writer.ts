import {
  chmodSync,
  closeSync,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import type { Headers } from 'tar-stream';
import { SandboxError } from '../errors.ts';
import { resolveInImage } from './image-path.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Writes one layer's entries over the layers below it (OCI image specification, "Image Layer Filesystem Changeset").
 * Nothing is written outside the root whatever names and links say. Links to absolute paths become relative ones, so that
 * they mean the image's files and not the machine's. Owners, devices and setuid are left out.
 *
 * It writes synchronously, a piece of a file at a time: thousands of small files take a fraction of the time that as many
 * round trips through the thread pool take.
 */
export class LayerWriter {
  readonly #root: string;
  /** Modes of folders, set when all layers are there: a folder may be closed to its owner. Shared by the layers. */
  readonly #folderModes: Map<string, number>;
  /** What this layer added, and the folders above it: whiteouts hide only what lower layers put there. */
  readonly #added = new Set<string>();
  readonly #folders = new Map<string, string>();

  constructor(root: string, folderModes: Map<string, number>) {
    this.#root = root;
    this.#folderModes = folderModes;
  }

  async write(header: Headers, body: Readable): Promise<void> {
    const name = safeName(header.name);
    if (name === '') return;
    const folder = this.#folder(dirname(name));
    const path = join(folder, basename(name));
    if (basename(name) === opaque) this.#hideAll(folder);
    else if (basename(name).startsWith(whiteout + whiteout)) return;
    else if (basename(name).startsWith(whiteout)) this.#hide(join(folder, basename(name).slice(whiteout.length)));
    else await this.#add(path, header, body);
  }

  async #add(path: string, header: Headers, body: Readable): Promise<void> {
    if (header.type === 'directory') this.#addFolder(path, header);
    else if (header.type === 'file' || header.type === 'contiguous-file') await this.#addFile(path, header, body);
    else if (header.type === 'symlink') this.#addSymlink(path, header.linkname ?? '');
    else if (header.type === 'link') this.#addHardLink(path, header.linkname ?? '');
    else return;
    for (let added = path; added.length > this.#root.length; added = dirname(added)) this.#added.add(added);
  }

  #addFolder(path: string, header: Headers): void {
    const existing = statOf(path);
    if (existing && !existing.isDirectory()) this.#remove(path);
    if (!existing?.isDirectory()) mkdirSync(path);
    this.#folderModes.set(path, (header.mode ?? 0o755) & 0o1777);
  }

  async #addFile(path: string, header: Headers, body: Readable): Promise<void> {
    this.#remove(path);
    const mode = (header.mode ?? 0o644) & 0o777;
    const file = openSync(path, 'wx', 0o600);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) writeAll(file, chunk);
      fchmodSync(file, mode);
    } finally {
      closeSync(file);
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
      throw new SandboxError('IMAGE_INVALID', `a hard link names ${target}, which is no file of the image`);
    }
    this.#remove(path);
    // Some systems follow a symbolic link here, others do not.
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), path);
    else linkSync(source, path);
  }

  /** The folder that a name of the image means, made when missing. */
  #folder(name: string): string {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const path = resolveInImage(this.#root, name);
    const parts = relative(this.#root, path).split('/').filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = join(this.#root, ...parts.slice(0, depth));
      const stats = statOf(part);
      if (stats?.isDirectory()) continue;
      this.#remove(part);
      mkdirSync(part);
    }
    this.#folders.set(name, path);
    return path;
  }

  #hideAll(folder: string): void {
    for (const name of readdirSync(folder)) this.#hide(join(folder, name));
  }

  /** Removes what lower layers put there, and keeps what this one added. */
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
    // Folders that were found before may be gone, or links now.
    if (stats.isDirectory() || stats.isSymbolicLink()) this.#folders.clear();
    if (stats.isDirectory()) this.#forgetModes(path);
  }

  #forgetModes(path: string): void {
    for (const folder of this.#folderModes.keys()) {
      if (folder === path || folder.startsWith(`${path}/`)) this.#folderModes.delete(folder);
    }
  }
}

/** A write may be short, on a full disk for one. */
function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

/** Sets the folders' modes, deepest first. */
export function applyFolderModes(modes: ReadonlyMap<string, number>): void {
  for (const [path, mode] of [...modes].sort(([left], [right]) => right.length - left.length)) {
    if (statOf(path)?.isDirectory()) chmodSync(path, mode);
  }
}

function safeName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || name.includes('\0')) {
    throw new SandboxError(
      'IMAGE_INVALID',
      `a layer holds an entry named ${JSON.stringify(name)}, which leads out of the image`,
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
