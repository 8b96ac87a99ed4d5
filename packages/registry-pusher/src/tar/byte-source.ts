import { invalidTarError } from './fields.ts';

export const blockSize = 512;

/** The bytes of an archive, read in order. It waits only for the stream, and never for its reader. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** Reads the next block, or returns undefined at the end. @throws Error if the archive ends inside it */
  async readBlock(): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0 && !(await this.#next())) return undefined;
    return this.read(blockSize);
  }

  /** Reads exactly this many bytes. @throws Error if the archive ends before */
  async read(size: number): Promise<Buffer> {
    if (this.#chunk.length >= size) return this.#take(size);
    const parts: Buffer[] = [];
    for (let left = size; left > 0; left -= parts.at(-1)!.length) parts.push(await this.readSome(left));
    return Buffer.concat(parts);
  }

  /** Reads at least one byte, and at most this many. @throws Error at the end of the archive */
  async readSome(size: number): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#next())) throw invalidTarError('it ends too early');
    return this.#take(size);
  }

  /** Skips the zeros that fill a block. The last ones of an archive may be missing altogether. */
  async skipPadding(size: number): Promise<void> {
    if (size > 0 && (this.#chunk.length > 0 || (await this.#next()))) await this.read(size);
  }

  /** Reads to the end, where the stream verifies its digest. */
  async drain(): Promise<void> {
    while (await this.#next());
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(size: number): Buffer {
    const taken = this.#chunk.subarray(0, size);
    this.#chunk = this.#chunk.subarray(size);
    return taken;
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return false;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (this.#chunk.length > 0) return true;
    }
  }
}
