import { ByteSource } from './byte-source.ts';
import { type EntryHeader, paddingOf, readHeader } from './read-header.ts';

/** An entry of an archive. Its content can be read until the next entry is requested, and is skipped otherwise. */
export interface ArchiveEntry extends AsyncIterable<Buffer> {
  readonly header: EntryHeader;
}

/**
 * Streams the entries of a tar archive: V7, ustar, PAX and GNU. Reads the archive to its end, even after its end marker.
 * Refuses what readers understand differently, such as an entry with two names. The caller checks the names.
 * @throws Error for an invalid archive, with a reason such as `it ends too early`
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const source = new ByteSource(bytes);
  try {
    for (let header = await readHeader(source); header !== undefined; header = await readHeader(source)) {
      const content = new Content(source, header);
      yield content;
      await content.skip();
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

class Content implements ArchiveEntry {
  readonly header: EntryHeader;
  readonly #source: ByteSource;
  #left: number;
  #isOver = false;

  constructor(source: ByteSource, header: EntryHeader) {
    this.#source = source;
    this.header = header;
    this.#left = header.size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#isOver) throw new Error(`${this.header.name} was read after the next entry`);
    while (this.#left > 0) {
      const chunk = await this.#source.readSome(this.#left);
      this.#left -= chunk.length;
      yield chunk;
    }
  }

  async skip(): Promise<void> {
    while (this.#left > 0) this.#left -= (await this.#source.readSome(this.#left)).length;
    this.#isOver = true;
    await this.#source.skipPadding(paddingOf(this.header.size));
  }
}
