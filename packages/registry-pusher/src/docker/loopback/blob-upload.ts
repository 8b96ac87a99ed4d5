import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest } from '../../image/digest.ts';
import type { SecretValue } from '../../files/secrets.ts';
import { type LayerContent, LayerScan } from './scan-layer.ts';

/** A blob in a file. */
export interface SpooledBlob {
  readonly digest: Digest;
  /** In bytes, as pushed. */
  readonly size: number;
  /** Undefined if the blob isn't a layer. */
  readonly content?: LayerContent;
  readonly open: (from?: number) => AsyncIterable<Buffer>;
}

/** Writes a blob to a file, and hashes and scans it at the same time. */
export class BlobUpload {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #scan: LayerScan;
  #size = 0;

  private constructor(path: string, file: FileHandle, secrets: readonly SecretValue[]) {
    this.#path = path;
    this.#file = file;
    this.#scan = new LayerScan(secrets);
  }

  /** Creates a file that only this user can read. Fails if it exists. */
  static async start(path: string, secrets: readonly SecretValue[]): Promise<BlobUpload> {
    return new BlobUpload(path, await open(path, 'wx', 0o600), secrets);
  }

  get size(): number {
    return this.#size;
  }

  async append(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    await Promise.all([this.#file.appendFile(chunk), this.#scan.write(chunk)]);
  }

  /** Closes the file. Doesn't check the digest. */
  async finish(): Promise<SpooledBlob> {
    const [content] = await Promise.all([this.#scan.end(), this.#file.close()]);
    return {
      digest: `sha256:${this.#hash.digest('hex')}`,
      size: this.#size,
      ...(content === undefined ? {} : { content }),
      open: (start = 0) => createReadStream(this.#path, { start, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>,
    };
  }

  /** Deletes the file. */
  async discard(): Promise<void> {
    await Promise.all([this.#scan.end(), this.#file.close().catch(() => undefined)]);
    await rm(this.#path, { force: true });
  }
}
