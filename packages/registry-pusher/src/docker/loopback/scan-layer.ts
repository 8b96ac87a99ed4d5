import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { Digest } from '../../image/digest.ts';
import { decompress } from '../../tar/decompress.ts';
import { LayerSearch } from '../../tar/layer-search.ts';
import { readTar } from '../../tar/read.ts';
import type { FoundSecret, SecretValue } from '../../files/secrets.ts';

/** The content of a layer. */
export interface LayerContent {
  /** The digest of its tar file. */
  readonly diffId: Digest;
  readonly files: number;
  /** Bytes of file content. */
  readonly size: number;
  /** The first secret that was found in it. */
  readonly secret?: FoundSecret;
}

/**
 * Reads a whole layer, compressed or not: counts its files and searches its entries for secrets.
 * @throws the error of the decompressor or the tar reader if the blob isn't a layer
 */
export async function scanLayer(
  blob: AsyncIterable<Uint8Array>,
  secrets: readonly SecretValue[],
): Promise<LayerContent> {
  const hash = createHash('sha256');
  const tar = async function* () {
    for await (const chunk of decompress(blob)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const search = new LayerSearch(secrets);
  let files = 0;
  let size = 0;
  for await (const entry of readTar(tar())) {
    const { header } = entry;
    if (header.type === 'file') files += 1;
    size += header.size;
    search.start(header.name, [header.linkname, ...header.pax.values()]);
    for await (const chunk of entry) search.add(chunk);
  }
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  return { diffId, files, size, ...(search.found === undefined ? {} : { secret: search.found }) };
}

/** Scans a layer while it is being written. */
export class LayerScan {
  readonly #bytes = new PassThrough();
  readonly #result: Promise<LayerContent | undefined>;
  #done = false;

  constructor(secrets: readonly SecretValue[]) {
    this.#bytes.on('error', () => undefined);
    this.#result = scanLayer(this.#bytes, secrets).then(
      (content) => this.#finish(content),
      () => this.#finish(undefined),
    );
  }

  /** Resolves once the scan accepts more bytes. */
  async write(chunk: Buffer): Promise<void> {
    if (this.#done || this.#bytes.write(chunk)) return;
    const drained = new Promise((resolve) => this.#bytes.once('drain', resolve));
    await Promise.race([drained, this.#result]);
  }

  /** Returns the content, or undefined if the bytes aren't a layer. */
  async end(): Promise<LayerContent | undefined> {
    this.#bytes.end();
    return this.#result;
  }

  #finish(content: LayerContent | undefined): LayerContent | undefined {
    this.#done = true;
    this.#bytes.resume();
    return content;
  }
}
