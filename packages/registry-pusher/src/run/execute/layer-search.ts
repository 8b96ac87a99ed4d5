import { SecretScan, type SecretValue } from '../../files/secrets.ts';
import type { TarEntry } from '../../tar/write.ts';
import type { FoundSecret } from '../executor.ts';

/** Searches the entries of a layer for secrets while they're packed: names, targets of links, attributes and contents. */
export class LayerSearch {
  /** The first one. */
  found: FoundSecret | undefined;
  readonly #scan: SecretScan;

  constructor(secrets: readonly SecretValue[]) {
    this.#scan = new SecretScan(secrets);
  }

  async *watch(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
    for await (const { header, content } of entries) {
      const path = `/${header.name.replace(/\/$/, '')}`;
      for (const text of [header.name, header.linkname ?? '', ...Object.values(header.attributes ?? {})]) {
        this.#scan.start();
        this.#search(path, Buffer.from(text));
      }
      yield { header, ...(content === undefined ? {} : { content: this.#read(path, content) }) };
    }
  }

  async *#read(path: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.#scan.start();
    for await (const chunk of content) {
      this.#search(path, chunk);
      yield chunk;
    }
  }

  #search(path: string, chunk: Buffer): void {
    if (this.found !== undefined) return;
    const secret = this.#scan.findSecret(chunk);
    if (secret !== undefined) this.found = { path, secret };
  }
}
