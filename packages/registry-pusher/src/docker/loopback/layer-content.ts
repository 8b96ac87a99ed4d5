import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Digest } from '../../image/digest.ts';
import { decompressed } from '../../tar/decompress.ts';
import { SecretScan } from '../../build/layer/secrets.ts';

/** What a layer holds. */
export interface LayerContent {
  /** The digest of its tar file. */
  readonly diffId: Digest;
  readonly files: number;
  /** Bytes of file content. */
  readonly size: number;
  /** The path of the first file that holds a secret. */
  readonly secretIn?: string;
}

/**
 * Reads a layer's tar file, packed or not, from the first byte to the last: counts what it holds, and looks for secrets.
 * @throws what the decompressor or the tar reader says of what is no layer
 */
export async function lookThrough(blob: AsyncIterable<Uint8Array>, secrets: readonly string[]): Promise<LayerContent> {
  const hash = createHash('sha256');
  const entries = extract();
  const tar = async function* () {
    for await (const chunk of decompressed(blob)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const reading = pipeline(Readable.from(tar(), { objectMode: false }), entries);
  reading.catch(() => undefined);
  const scan = new SecretScan(secrets);
  let files = 0;
  let size = 0;
  let secretIn: string | undefined;
  for await (const entry of entries) {
    if (entry.header.type === 'file') files += 1;
    size += entry.header.size ?? 0;
    scan.start();
    for await (const chunk of entry as AsyncIterable<Buffer>) if (scan.finds(chunk)) secretIn ??= entry.header.name;
  }
  await reading;
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  return { diffId, files, size, ...(secretIn === undefined ? {} : { secretIn }) };
}

/** Looks through a layer whose bytes come from elsewhere, as they come. */
export class PassingLook {
  readonly #bytes = new PassThrough();
  readonly #found: Promise<LayerContent | undefined>;
  #done = false;

  constructor(secrets: readonly string[]) {
    this.#bytes.on('error', () => undefined);
    this.#found = lookThrough(this.#bytes, secrets).then(
      (content) => this.#end(content),
      () => this.#end(undefined),
    );
  }

  /** Resolves when more can be taken. */
  async pass(chunk: Buffer): Promise<void> {
    if (this.#done || this.#bytes.write(chunk)) return;
    const drained = new Promise((resolve) => this.#bytes.once('drain', resolve));
    await Promise.race([drained, this.#found]);
  }

  /** What was found, once all bytes have passed; undefined when they are no layer. */
  async end(): Promise<LayerContent | undefined> {
    this.#bytes.end();
    return this.#found;
  }

  #end(content: LayerContent | undefined): LayerContent | undefined {
    this.#done = true;
    this.#bytes.resume();
    return content;
  }
}
