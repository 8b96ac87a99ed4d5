import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest } from '../../image/digest.ts';
import { type LayerContent, PassingLook } from './layer-content.ts';

/** A blob that lies in a file. */
export interface SpooledBlob {
  readonly digest: Digest;
  /** In bytes, as it was sent. */
  readonly size: number;
  /** Undefined for a blob that is no layer. */
  readonly content?: LayerContent;
  readonly open: (from?: number) => AsyncIterable<Buffer>;
}

/** A blob on its way into a file, hashed and looked through as it comes. */
export class BlobUpload {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #look: PassingLook;
  #size = 0;

  private constructor(path: string, file: FileHandle, secrets: readonly string[]) {
    this.#path = path;
    this.#file = file;
    this.#look = new PassingLook(secrets);
  }

  /** @param path of a file that does not exist yet; nobody else may read it */
  static async begin(path: string, secrets: readonly string[]): Promise<BlobUpload> {
    return new BlobUpload(path, await open(path, 'wx', 0o600), secrets);
  }

  get size(): number {
    return this.#size;
  }

  async add(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    await Promise.all([this.#file.appendFile(chunk), this.#look.pass(chunk)]);
  }

  /** Ends it, whatever its digest is. */
  async finish(): Promise<SpooledBlob> {
    const [content] = await Promise.all([this.#look.end(), this.#file.close()]);
    return {
      digest: `sha256:${this.#hash.digest('hex')}`,
      size: this.#size,
      ...(content === undefined ? {} : { content }),
      open: (start = 0) => createReadStream(this.#path, { start, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>,
    };
  }

  /** Forgets what came. */
  async drop(): Promise<void> {
    await Promise.all([this.#look.end(), this.#file.close().catch(() => undefined)]);
    await rm(this.#path, { force: true });
  }
}
