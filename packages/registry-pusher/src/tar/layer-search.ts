import { type FoundSecret, SecretScan, type SecretValue } from '../files/secrets.ts';
import type { TarEntry } from './write.ts';

/** Searches the entries of a layer for secrets: names, targets of links, attributes and contents. */
export class LayerSearch {
  /** The first one. */
  found: FoundSecret | undefined;
  readonly #scan: SecretScan;
  #path = '';

  constructor(secrets: readonly SecretValue[]) {
    this.#scan = new SecretScan(secrets);
  }

  /**
   * Starts with an entry. Its content comes next.
   * @param texts in its header
   */
  start(name: string, texts: Iterable<string>): void {
    this.#path = `/${name.replace(/\/$/, '')}`;
    for (const text of [name, ...texts]) {
      this.#scan.start();
      this.add(Buffer.from(text));
    }
    this.#scan.start();
  }

  /** Searches the next part of the entry's content. */
  add(chunk: Buffer): void {
    if (this.found !== undefined) return;
    const secret = this.#scan.findSecret(chunk);
    if (secret !== undefined) this.found = { path: this.#path, secret };
  }

  /** Searches entries while they're packed. */
  async *watch(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
    for await (const { header, content } of entries) {
      const { name, linkname = '', attributes = {} } = header;
      this.start(name, [linkname, ...Object.values(attributes)]);
      yield { header, ...(content === undefined ? {} : { content: this.#read(content) }) };
    }
  }

  async *#read(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      this.add(chunk);
      yield chunk;
    }
  }
}
