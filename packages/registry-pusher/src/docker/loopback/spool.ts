import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../../image/digest.ts';
import type { SecretValue } from '../../files/secrets.ts';
import { BlobUpload, type SpooledBlob } from './blob-upload.ts';
import { RefusedError } from './refused-error.ts';

export interface SpoolOptions {
  /** An empty directory that only this user can read. */
  readonly directory: string;
  /** The maximum size of all blobs. */
  readonly maxBytes: number;
  /** Values to search for in the layers' files. */
  readonly secrets: readonly SecretValue[];
}

const maxUploads = 64;

/** Stores pushed blobs and pending uploads in files. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #uploads = new Map<string, BlobUpload>();
  readonly #blobs = new Map<string, SpooledBlob>();
  #size = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** In bytes, pending uploads included. */
  get size(): number {
    return this.#size;
  }

  get(digest: string): SpooledBlob | undefined {
    return this.#blobs.get(digest);
  }

  /** Starts an upload and returns its unguessable ID. */
  async start(): Promise<string> {
    if (this.#uploads.size >= maxUploads) throw new RefusedError(429, 'TOOMANYREQUESTS', 'too many uploads at once');
    const id = randomBytes(16).toString('hex');
    this.#uploads.set(id, await BlobUpload.start(join(this.#options.directory, id), this.#options.secrets));
    return id;
  }

  /** Appends bytes to an upload and returns its size. Discards an interrupted upload: the client restarts it. */
  async append(id: string, bytes: AsyncIterable<Buffer>): Promise<number> {
    const upload = this.#upload(id);
    try {
      for await (const chunk of bytes) {
        if (this.#size + chunk.length > this.#options.maxBytes)
          throw new RefusedError(413, 'SIZE_INVALID', 'the image is larger than the engine reported');
        this.#size += chunk.length;
        await upload.append(chunk);
      }
      return upload.size;
    } catch (error) {
      this.#uploads.delete(id);
      await this.#discard(upload);
      throw error;
    }
  }

  /** Completes an upload. */
  async finish(id: string, digest: string): Promise<Digest> {
    const upload = this.#upload(id);
    this.#uploads.delete(id);
    const blob = await upload.finish();
    if (blob.digest !== digest) {
      await this.#discard(upload);
      throw new RefusedError(400, 'DIGEST_INVALID', `the content has digest ${blob.digest}`);
    }
    this.#blobs.set(digest, blob);
    return digest;
  }

  /** Discards pending uploads. */
  async close(): Promise<void> {
    await Promise.all([...this.#uploads.values()].map((upload) => upload.discard()));
  }

  async #discard(upload: BlobUpload): Promise<void> {
    this.#size -= upload.size;
    await upload.discard();
  }

  #upload(id: string): BlobUpload {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new RefusedError(404, 'BLOB_UPLOAD_UNKNOWN', 'this upload does not exist');
    return upload;
  }
}
