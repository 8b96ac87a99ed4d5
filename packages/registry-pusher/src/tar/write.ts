import { encodeTarHeader, endOfTar, padding, type TarHeader } from './header.ts';

/** A tar entry; only files have content, exactly as long as the header says. */
export interface TarEntry {
  readonly header: TarHeader;
  readonly content?: AsyncIterable<Buffer>;
}

/** Writes a tar archive. The same entries always have the same bytes, regardless of the content's chunks. */
export async function* writeTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Buffer> {
  for await (const { header, content } of entries) {
    yield encodeTarHeader(header);
    if (content === undefined) continue;
    yield* content;
    const rest = padding(header.size);
    if (rest.length > 0) yield rest;
  }
  yield endOfTar();
}
