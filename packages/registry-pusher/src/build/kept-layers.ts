import { Readable } from 'node:stream';
import type { TemporaryFile, TemporaryFiles } from '../files/temporary-files.ts';
import type { Blob } from '../image/blob.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import type { StoredLayer } from '../image/image.ts';

/** Keeps layers in files while their content is listed, so that a push to another registry doesn't download them again. */
export class KeptLayers {
  readonly #files: TemporaryFiles;
  readonly #kept = new Map<Digest, Blob['open']>();

  constructor(files: TemporaryFiles) {
    this.#files = files;
  }

  /** Returns the same bytes, and keeps them if all of them are read. Does without where there's no space. */
  keep({ digest }: Descriptor, bytes: AsyncIterable<Buffer>): Readable {
    return Readable.from(this.#copy(digest, bytes), { objectMode: false });
  }

  /** Opens the copy of a layer, if it was kept. */
  open({ digest }: Descriptor): Readable | undefined {
    const copy = this.#kept.get(digest);
    return copy === undefined ? undefined : Readable.from(copy(), { objectMode: false });
  }

  /** Returns a layer with its copy, if it was kept. */
  withCopy(layer: StoredLayer): StoredLayer {
    const local = this.#kept.get(layer.descriptor.digest);
    return local === undefined ? layer : { ...layer, local };
  }

  async *#copy(digest: Digest, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let file = this.#kept.has(digest) ? undefined : await this.#files.create().catch(() => undefined);
    for await (const chunk of bytes) {
      if (file !== undefined && !(await append(file, chunk))) file = undefined;
      yield chunk;
    }
    const complete = file;
    if (complete !== undefined) this.#kept.set(digest, (from) => complete.read(from));
  }
}

async function append(file: TemporaryFile, chunk: Buffer): Promise<boolean> {
  try {
    await file.append(chunk);
    return true;
  } catch {
    return false;
  }
}
