import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../../image/digest.ts';
import { BlobUpload, type SpooledBlob } from './blob-upload.ts';

export interface SpoolOptions {
  /** Where the files lie: an empty folder for this user alone. */
  readonly folder: string;
  /** How many bytes it takes in all. */
  readonly room: number;
  /** Looked for in the files of layers. */
  readonly secrets: readonly string[];
}

/** Why something was not taken, as a registry says it. @see OCI distribution-spec, spec.md#error-codes */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const mostUploads = 64;

/** The blobs that were sent, and those on their way. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #uploads = new Map<string, BlobUpload>();
  readonly #blobs = new Map<string, SpooledBlob>();
  #taken = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Bytes that it holds. */
  get taken(): number {
    return this.#taken;
  }

  get(digest: string): SpooledBlob | undefined {
    return this.#blobs.get(digest);
  }

  /** @returns the name of the upload, which nobody can guess */
  async begin(): Promise<string> {
    if (this.#uploads.size >= mostUploads) throw new Refused(429, 'TOOMANYREQUESTS', 'too many uploads at once');
    const id = randomBytes(16).toString('hex');
    this.#uploads.set(id, await BlobUpload.begin(join(this.#options.folder, id), this.#options.secrets));
    return id;
  }

  /** Adds bytes to an upload. One that breaks off is forgotten: its sender begins anew. @returns its size so far */
  async add(id: string, bytes: AsyncIterable<Buffer>): Promise<number> {
    const upload = this.#upload(id);
    try {
      for await (const chunk of bytes) {
        if (this.#taken + chunk.length > this.#options.room)
          throw new Refused(413, 'SIZE_INVALID', 'the image is larger than the engine said');
        this.#taken += chunk.length;
        await upload.add(chunk);
      }
      return upload.size;
    } catch (error) {
      this.#uploads.delete(id);
      await this.#drop(upload);
      throw error;
    }
  }

  /** Ends an upload. */
  async finish(id: string, digest: string): Promise<Digest> {
    const upload = this.#upload(id);
    this.#uploads.delete(id);
    const blob = await upload.finish();
    if (blob.digest !== digest) {
      await this.#drop(upload);
      throw new Refused(400, 'DIGEST_INVALID', `the bytes are ${blob.digest}`);
    }
    this.#blobs.set(digest, blob);
    return digest;
  }

  /** Forgets what is still on its way. */
  async close(): Promise<void> {
    await Promise.all([...this.#uploads.values()].map((upload) => upload.drop()));
  }

  async #drop(upload: BlobUpload): Promise<void> {
    this.#taken -= upload.size;
    await upload.drop();
  }

  #upload(id: string): BlobUpload {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new Refused(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
    return upload;
  }
}
