import { type Stats } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
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
    const folder = await this.#folder(dirname(name));
    const path = join(folder, basename(name));
    if (basename(name) === opaque) await this.#hideAll(folder);
    else if (basename(name).startsWith(whiteout + whiteout)) return;
    else if (basename(name).startsWith(whiteout)) await this.#hide(join(folder, basename(name).slice(whiteout.length)));
    else await this.#add(path, header, body);
  }

  async #add(path: string, header: Headers, body: Readable): Promise<void> {
    if (header.type === 'directory') await this.#addFolder(path, header);
    else if (header.type === 'file' || header.type === 'contiguous-file') await this.#addFile(path, header, body);
    else if (header.type === 'symlink') await this.#addSymlink(path, header.linkname ?? '');
    else if (header.type === 'link') await this.#addHardLink(path, header.linkname ?? '');
    else return;
    for (let added = path; added.length > this.#root.length; added = dirname(added)) this.#added.add(added);
  }

  async #addFolder(path: string, header: Headers): Promise<void> {
    const existing = await statOf(path);
    if (existing && !existing.isDirectory()) await this.#remove(path);
    if (!existing?.isDirectory()) await mkdir(path);
    this.#folderModes.set(path, (header.mode ?? 0o755) & 0o1777);
  }

  async #addFile(path: string, header: Headers, body: Readable): Promise<void> {
    await this.#remove(path);
    const mode = (header.mode ?? 0o644) & 0o777;
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) await file.write(chunk);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
  }

  async #addSymlink(path: string, target: string): Promise<void> {
    await this.#remove(path);
    const depth = relative(this.#root, dirname(path)).split('/').filter(Boolean).length;
    const up = '../'.repeat(depth) || './';
    await symlink(target.startsWith('/') ? `${up}${target.replace(/^\/+/, '')}` : target, path);
  }

  async #addHardLink(path: string, target: string): Promise<void> {
    const source = await resolveInImage(this.#root, safeName(target), { followLast: false });
    if (source === path) return;
    const stats = await statOf(source);
    if (!stats || stats.isDirectory()) {
      throw new SandboxError('IMAGE_INVALID', `a hard link names ${target}, which is no file of the image`);
    }
    await this.#remove(path);
    // Some systems follow a symbolic link here, others do not.
    if (stats.isSymbolicLink()) await symlink(await readlink(source), path);
    else await link(source, path);
  }

  /** The folder that a name of the image means, made when missing. */
  async #folder(name: string): Promise<string> {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const path = await resolveInImage(this.#root, name);
    const parts = relative(this.#root, path).split('/').filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = join(this.#root, ...parts.slice(0, depth));
      const stats = await statOf(part);
      if (stats?.isDirectory()) continue;
      await this.#remove(part);
      await mkdir(part);
    }
    this.#folders.set(name, path);
    return path;
  }

  async #hideAll(folder: string): Promise<void> {
    for (const name of await readdir(folder)) await this.#hide(join(folder, name));
  }

  /** Removes what lower layers put there, and keeps what this one added. */
  async #hide(path: string): Promise<void> {
    const stats = await statOf(path);
    if (!stats) return;
    if (!this.#added.has(path)) await this.#remove(path);
    else if (stats.isDirectory()) await this.#hideAll(path);
  }

  async #remove(path: string): Promise<void> {
    const stats = await statOf(path);
    if (!stats) return;
    await rm(path, { recursive: stats.isDirectory(), force: true });
    // Folders that were found before may be gone, or links now.
    if (stats.isDirectory() || stats.isSymbolicLink()) this.#folders.clear();
  }
}

/** Sets the folders' modes, deepest first. */
export async function applyFolderModes(modes: ReadonlyMap<string, number>): Promise<void> {
  for (const [path, mode] of [...modes].sort(([left], [right]) => right.length - left.length)) {
    if ((await statOf(path))?.isDirectory()) await chmod(path, mode);
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

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
