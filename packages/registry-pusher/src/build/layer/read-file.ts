import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { unreadableError } from '../context/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { FileEntry, PlannedFile } from './entry.ts';

const chunkSize = 256 * 1024;

/**
 * A file open for reading. Reads are synchronous, because most files are small and a round trip to a thread is several
 * times slower. Call `yieldToEventLoop` between reads.
 */
export class OpenFile implements Disposable {
  readonly stat: BigIntStats;
  readonly #file: PlannedFile;
  readonly #descriptor: number;

  /**
   * Doesn't follow links, and doesn't block if the file has become a pipe.
   * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE
   */
  constructor(file: PlannedFile) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const isGone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw isGone ? fileChangedError(file, error) : unreadableError(file.contextPath, error);
    }
    this.stat = this.#stat();
    if (!this.stat.isFile()) {
      this[Symbol.dispose]();
      throw fileChangedError(file);
    }
  }

  /** Changes when the file changes. */
  get stamp(): string {
    return stampOf(this.stat);
  }

  /**
   * Yields the content in chunks. With a buffer, each chunk is valid until the next one.
   * @throws RegistryPusherError FILE_CHANGED for a file changed since it was opened, FILE_UNREADABLE
   */
  *chunks(buffer?: Buffer): Generator<Buffer> {
    const size = Number(this.stat.size);
    for (let at = 0; at < size;) {
      const into = buffer ?? Buffer.allocUnsafe(Math.min(chunkSize, size - at));
      const length = this.#read(into, Math.min(into.length, size - at), at);
      if (length === 0) throw fileChangedError(this.#file);
      at += length;
      yield into.subarray(0, length);
    }
    const now = this.#stat();
    if (now.size !== this.stat.size || now.mtimeNs !== this.stat.mtimeNs || now.ctimeNs !== this.stat.ctimeNs)
      throw fileChangedError(this.#file);
  }

  /**
   * Returns the whole content, read at once, or undefined if it doesn't fit into the buffer. The buffer must be larger than
   * the file, which proves that the file didn't grow.
   * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE
   */
  whole(buffer: Buffer): Buffer | undefined {
    const size = Number(this.stat.size);
    if (size >= buffer.length) return undefined;
    if (this.#read(buffer, size + 1, 0) !== size) throw fileChangedError(this.#file);
    return buffer.subarray(0, size);
  }

  /** Returns a part of the file, or less at its end. */
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

/** Returns a file's inode, size, mtime and ctime. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/**
 * Reads a file again, in chunks. With a buffer, each chunk is valid until the next one.
 * @throws RegistryPusherError FILE_CHANGED for a file changed since its first read, FILE_UNREADABLE
 */
export function* rereadFile(entry: FileEntry, buffer?: Buffer): Generator<Buffer> {
  const file = new OpenFile(entry);
  try {
    if (file.stamp !== entry.stamp) throw fileChangedError(entry);
    yield* file.chunks(buffer);
  } finally {
    file[Symbol.dispose]();
  }
}

export function fileChangedError({ contextPath }: PlannedFile, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_CHANGED',
    `${contextPath} changed during the build. The build was discarded: wait until nothing writes to the file, then retry.`,
    { cause },
  );
}
