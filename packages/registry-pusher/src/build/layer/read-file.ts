import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { unreadableError } from '../context/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { FileEntry, PlannedFile } from './entry.ts';

const chunkSize = 256 * 1024;

/**
 * A file that is open for reading. Reads are synchronous: most files of an image are small, and a round trip to a thread
 * costs several times what reading one does. Callers `yieldToEventLoop` between them.
 */
export class OpenFile implements Disposable {
  readonly stat: BigIntStats;
  readonly #file: PlannedFile;
  readonly #descriptor: number;

  /**
   * Follows no link, and does not wait should the file have become a pipe.
   * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE
   */
  constructor(file: PlannedFile) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw gone ? changed(file, error) : unreadableError(file.contextPath, error);
    }
    this.stat = this.#stat();
    if (!this.stat.isFile()) {
      this[Symbol.dispose]();
      throw changed(file);
    }
  }

  /** Changes when the file does. */
  get stamp(): string {
    return stampOf(this.stat);
  }

  /**
   * The content as it was when the file was opened, in chunks. With a buffer each is valid until the next one.
   * @throws RegistryPusherError FILE_CHANGED when it grew, shrank or was written to, FILE_UNREADABLE
   */
  *chunks(buffer?: Buffer): Generator<Buffer> {
    const size = Number(this.stat.size);
    for (let at = 0; at < size;) {
      const into = buffer ?? Buffer.allocUnsafe(Math.min(chunkSize, size - at));
      const length = this.#read(into, Math.min(into.length, size - at), at);
      if (length === 0) throw changed(this.#file);
      at += length;
      yield into.subarray(0, length);
    }
    const now = this.#stat();
    if (now.size !== this.stat.size || now.mtimeNs !== this.stat.mtimeNs || now.ctimeNs !== this.stat.ctimeNs)
      throw changed(this.#file);
  }

  /**
   * The whole content, where the buffer has room for more, read at once: so it has neither grown nor shrunk.
   * @returns undefined for a file that does not fit
   * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE
   */
  whole(buffer: Buffer): Buffer | undefined {
    const size = Number(this.stat.size);
    if (size >= buffer.length) return undefined;
    if (this.#read(buffer, size + 1, 0) !== size) throw changed(this.#file);
    return buffer.subarray(0, size);
  }

  /** A part of the file, as far as there is one. */
  part(offset: number, length: number): Buffer | undefined {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= Number(this.stat.size)) return undefined;
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, this.#read(buffer, length, offset));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #stat(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  #read(buffer: Buffer, length: number, at: number): number {
    try {
      return readSync(this.#descriptor, buffer, 0, length, at);
    } catch (error) {
      throw unreadableError(this.#file.contextPath, error);
    }
  }
}

/** Inode, size, times of content and of status: what changes when a file does. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/**
 * Reads a file's content again, in chunks. With a buffer each is valid until the next one.
 * @throws RegistryPusherError FILE_CHANGED when it is not what it was when it was first read, FILE_UNREADABLE
 */
export function* readAgain(entry: FileEntry, buffer?: Buffer): Generator<Buffer> {
  const file = new OpenFile(entry);
  try {
    if (file.stamp !== entry.stamp) throw changed(entry);
    yield* file.chunks(buffer);
  } finally {
    file[Symbol.dispose]();
  }
}

export function changed({ contextPath }: PlannedFile, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_CHANGED',
    `${contextPath} changed while the image was being built. Nothing of it was kept: let what writes it finish, then run again.`,
    { cause },
  );
}
