import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  fstatSync,
  writeSync,
} from 'node:fs';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { readTarEntries } from '../../tar/decompress.ts';
import { entryPath } from '../../tar/entry-path.ts';
import { decodeName } from '../../tar/names.ts';
import type { ArchiveEntry } from '../../tar/read.ts';
import { parseWhiteout } from '../../tar/whiteout.ts';
import type { Contents } from './contents.ts';
import {
  type AttributedFile,
  type Attributes,
  attributesOf,
  findGnuTar,
  writeAttributes,
} from './extended-attributes.ts';
import type { Owners } from './owners.ts';
import { fsPath, lstat, type Root } from './paths.ts';

/** What is known of the files of an image. */
export interface Unpacked {
  /** Digests of contents. */
  readonly contents: Contents;
  /** Extended attributes, by path. */
  readonly attributes: Map<string, Attributes>;
  readonly owners: Owners;
}

/**
 * Unpacks a layer over the ones below, as container runtimes do: whiteouts hide files of lower layers only, links in parents
 * are followed inside the root. Whatever a layer contains, nothing outside of the root is touched.
 * @param unpacked receives what is known of the files then
 * @throws Error for an invalid archive, and the system's errors
 */
export async function unpackLayer(
  root: Root,
  archive: Readable,
  unpacked: Unpacked,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unpacking = new Unpacking(root, unpacked);
  for await (const entry of readTarEntries(archive)) {
    signal?.throwIfAborted();
    await unpacking.apply(entry);
  }
  await unpacking.finish();
}

class Unpacking {
  readonly #root: Root;
  readonly #contents: Contents;
  readonly #attributes: Map<string, Attributes>;
  readonly #owners: Owners;
  /** The paths that this layer puts something at. */
  readonly #put = new Set<string>();
  readonly #directoryTimes = new Map<string, number>();
  readonly #attributed: AttributedFile[] = [];
  readonly #nodes: { readonly path: string; readonly entry: ArchiveEntry['header'] }[] = [];

  constructor(root: Root, { contents, attributes, owners }: Unpacked) {
    this.#root = root;
    this.#contents = contents;
    this.#attributes = attributes;
    this.#owners = owners;
  }

  async apply(entry: ArchiveEntry): Promise<void> {
    const { header } = entry;
    const named = entryPath(header.name);
    const whiteout = parseWhiteout(named);
    if (whiteout?.kind === 'contents') return this.#empty(this.#root.resolve(whiteout.path));
    if (whiteout?.kind === 'path') return this.#remove(this.#root.resolveParents(whiteout.path));
    const path = named === '/' ? '/' : this.#root.resolveParents(named, true);
    const isDirectory = header.type === 'directory';
    const exists = lstat(this.#root.at(path));
    if (exists !== undefined && !(isDirectory && exists.isDirectory())) this.#delete(path);
    for (let at = path; at !== '/' && !this.#put.has(at); at = posix.dirname(at)) this.#put.add(at);
    this.#attributes.delete(path);
    const target = fsPath(this.#root.at(path));
    const { mode, uid, gid, mtime, linkname } = header;
    const attributes = attributesOf(header.pax);
    const isAttributed = Object.keys(attributes).length > 0;
    switch (header.type) {
      case 'directory':
        if (exists?.isDirectory() !== true) mkdirSync(target);
        this.#directoryTimes.set(path, mtime);
        break;
      case 'symlink':
        symlinkSync(encodeTarget(linkname), target);
        this.#owners.give(this.#root.at(path), { uid, gid });
        lutimesSync(target, mtime, mtime);
        return;
      case 'link':
        linkSync(fsPath(this.#root.at(this.#root.resolveParents(entryPath(linkname)))), target);
        return;
      case 'file':
        if (isAttributed && findGnuTar() !== undefined) return this.#writeAttributed(path, entry, attributes);
        await this.#write(target, entry);
        break;
      case 'character-device':
      case 'block-device':
      case 'fifo':
        this.#nodes.push({ path: this.#root.at(path), entry: header });
        return;
      default:
        return;
    }
    this.#owners.give(this.#root.at(path), { uid, gid });
    chmodSync(target, mode & 0o7777);
    if (!isDirectory) lutimesSync(target, mtime, mtime);
    if (isDirectory && isAttributed) this.#attributed.push(this.#describe(path, header, attributes));
  }

  /** The times of directories come last: each new entry changes them. */
  async finish(): Promise<void> {
    const attributed = this.#attributed.filter(({ path }) => lstat(this.#root.at(path)) !== undefined);
    await writeAttributes(this.#root.directory, attributed);
    for (const { path, entry } of this.#nodes) makeNode(path, entry, this.#owners);
    for (const [path, mtime] of [...this.#directoryTimes].reverse())
      if (lstat(this.#root.at(path))?.isDirectory() === true) lutimesSync(fsPath(this.#root.at(path)), mtime, mtime);
    for (const { path, attributes } of attributed) this.#attributes.set(path, attributes);
  }

  async #write(target: string | Buffer, entry: ArchiveEntry): Promise<void> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      const hash = createHash('sha256');
      for await (const chunk of entry) {
        hash.update(chunk);
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
      }
      this.#contents.set(fstatSync(fd).ino, hash.digest('base64'));
    } finally {
      closeSync(fd);
    }
  }

  /** A new owner would remove some attributes, so the file gets all of it at once. */
  async #writeAttributed(path: string, entry: ArchiveEntry, attributes: Attributes): Promise<void> {
    const hash = createHash('sha256');
    const content = async function* () {
      for await (const chunk of entry) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const described = this.#describe(path, entry.header, attributes);
    await writeAttributes(this.#root.directory, [{ ...described, content: content() }]);
    const { uid, gid, mtime } = entry.header;
    const at = this.#root.at(path);
    if (described.header.uid !== uid || described.header.gid !== gid) this.#owners.give(at, { uid, gid });
    lutimesSync(fsPath(at), mtime, mtime);
    this.#contents.set(lstat(at)!.ino, hash.digest('base64'));
    this.#attributes.set(path, attributes);
  }

  #describe(
    path: string,
    { type, mode, uid, gid, mtime, size }: ArchiveEntry['header'],
    attributes: Attributes,
  ): AttributedFile {
    const owner = this.#owners.creatorOf({ uid, gid });
    const header = { type: type as 'file' | 'directory', mode: mode & 0o7777, ...owner, size };
    return { path, header: { ...header, mtime: Math.floor(mtime) }, attributes };
  }

  #remove(path: string): void {
    if (!this.#put.has(path) && path !== '/') this.#delete(path);
  }

  #empty(directory: string): void {
    if (lstat(this.#root.at(directory))?.isDirectory() !== true) return;
    for (const name of readdirSync(fsPath(this.#root.at(directory)), { encoding: 'buffer' })) {
      const path = posix.join(directory, decodeName(name));
      if (this.#put.has(path)) this.#empty(path);
      else this.#delete(path);
    }
  }

  #delete(path: string): void {
    rmSync(fsPath(this.#root.at(path)), { recursive: true, force: true });
    this.#root.forget(path);
  }
}

function encodeTarget(target: string): string | Buffer {
  return fsPath(target);
}

/** Node can't make devices. */
function makeNode(
  path: string,
  { type, mode, uid, gid, devmajor, devminor }: ArchiveEntry['header'],
  owners: Owners,
): void {
  const kind = type === 'fifo' ? ['p'] : [type === 'block-device' ? 'b' : 'c', `${devmajor}`, `${devminor}`];
  spawnSync('mknod', [path, ...kind], { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
  if (lstat(path) === undefined) return;
  owners.give(path, { uid, gid });
  chmodSync(path, mode & 0o7777);
}
