import { close, open, read, rmSync, write } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const chunkSize = 256 * 1024;
const [openFile, readFile, writeFile, closeFile] = [
  promisify(open),
  promisify(read),
  promisify(write),
  promisify(close),
] as const;

/** Closes the files that nothing refers to anymore. */
const forgotten = new FinalizationRegistry<number>((fd) => close(fd, () => undefined));

/** A file without a name, for this user only. It disappears with this process at the latest. */
export class TemporaryFile {
  readonly #fd: number;
  #size = 0;
  #isClosed = false;

  private constructor(fd: number) {
    this.#fd = fd;
    forgotten.register(this, fd, this);
  }

  static async create(): Promise<TemporaryFile> {
    const directory = await mkdtemp(join(tmpdir(), 'registry-pusher-'));
    try {
      return new TemporaryFile(await openFile(join(directory, 'layer'), 'wx+', 0o600));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const { bytesWritten } = await writeFile(this.#fd, chunk, at, chunk.length - at, this.#size);
      at += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  /** Reads from an offset on, any number of times. */
  async *read(from = 0): AsyncGenerator<Buffer> {
    for (let position = from; position < this.#size;) {
      if (this.#isClosed)
        throw new Error('A temporary file was closed before it was read: push an image before closing it.');
      const { bytesRead, buffer } = await readFile(this.#fd, Buffer.allocUnsafe(chunkSize), 0, chunkSize, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    forgotten.unregister(this);
    await closeFile(this.#fd);
  }
}

/** The temporary files of one image. */
export class TemporaryFiles {
  readonly #files: TemporaryFile[] = [];

  async create(): Promise<TemporaryFile> {
    const file = await TemporaryFile.create();
    this.#files.push(file);
    return file;
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map((file) => file.close()));
  }
}
