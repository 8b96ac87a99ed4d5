import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestParts } from './grammar.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An upload in progress: a growing file. Its size is the progress, which survives a restart. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly file: string;
  readonly size: number;
}

interface RunningHash {
  readonly hash: Hash;
  readonly size: number;
}

export interface UploadLimits {
  readonly maxBlobBytes: number;
}

/** The upload sessions of a registry. */
export class Uploads {
  readonly #storage: Storage;
  readonly #limits: UploadLimits;
  /** Hashes of the bytes received. After a restart or an interrupted request, the file is read again instead. */
  readonly #hashes = new Map<string, RunningHash>();
  readonly #busy = new Set<string>();

  constructor(storage: Storage, limits: UploadLimits) {
    this.#storage = storage;
    this.#limits = limits;
  }

  async begin(repository: string): Promise<Upload> {
    const id = randomUUID();
    const file = this.#file(repository, id);
    await mkdir(this.#storage.uploadsDirectory, { recursive: true });
    await writeFile(file, '', { flag: 'wx' });
    return { id, repository, file, size: 0 };
  }

  async find(repository: string, id: string): Promise<Upload> {
    const file = this.#file(repository, id);
    const stats = idPattern.test(id) ? await stat(file).catch(() => undefined) : undefined;
    if (!stats) throw new Refusal('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    return { id, repository, file, size: stats.size };
  }

  /**
   * Appends a body. Keeps the part of a body that is cut off, for the client to resume. Discards a body longer or
   * shorter than `expected` bytes.
   */
  async append(upload: Upload, body: AsyncIterable<Buffer>, expected?: number): Promise<Upload> {
    return await this.#exclusively(upload, async () => {
      const size = await this.#receive(upload, body, expected);
      if (expected !== undefined && size - upload.size !== expected) {
        await this.#takeBack(upload);
        throw new Refusal('SIZE_INVALID', `body has ${size - upload.size} bytes, its Content-Range says ${expected}`);
      }
      return { ...upload, size };
    });
  }

  /** Stores the upload as a blob of its repository if its digest matches. */
  async finish(upload: Upload, digest: string): Promise<void> {
    await this.#exclusively(upload, async () => {
      const actual = await this.#digest(upload, digestParts(digest).algorithm);
      if (actual !== digest) {
        await this.discard(upload);
        throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content', {
          detail: { digest, uploaded: actual },
        });
      }
      await this.#storage.adoptBlob(upload.repository, digest, upload.file);
      this.#hashes.delete(upload.id);
    });
  }

  async cancel(upload: Upload): Promise<void> {
    await this.#exclusively(upload, async () => await this.discard(upload));
  }

  /** Removes an upload unless a request is writing to it. */
  async discard(upload: Upload): Promise<void> {
    this.#hashes.delete(upload.id);
    await rm(upload.file, { force: true });
  }

  /** An upload is found only in its own repository: its file name starts with a hash of the repository. */
  #file(repository: string, id: string): string {
    const owner = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    return join(this.#storage.uploadsDirectory, `${owner}-${id}`);
  }

  async #receive(upload: Upload, body: AsyncIterable<Buffer>, expected: number | undefined): Promise<number> {
    const known = this.#hashes.get(upload.id) ?? { hash: createHash('sha256'), size: 0 };
    this.#hashes.delete(upload.id);
    const hash = known.size === upload.size ? known.hash : undefined;
    const end = expected === undefined ? Infinity : upload.size + expected;
    const file = await open(upload.file, 'r+');
    let size = upload.size;
    let written: Promise<unknown> = Promise.resolve();
    try {
      for await (const chunk of body) {
        await written;
        if (size + chunk.length > end) return size + chunk.length;
        if (size + chunk.length > this.#limits.maxBlobBytes) throw tooLarge(this.#limits.maxBlobBytes);
        written = file.write(chunk, 0, chunk.length, size);
        // The next await reports a failed write; until then it must not be an unhandled rejection.
        written.catch(() => undefined);
        hash?.update(chunk);
        size += chunk.length;
      }
      await written;
      if (hash) this.#hashes.set(upload.id, { hash, size });
      return size;
    } finally {
      await written.catch(() => undefined);
      await file.close();
    }
  }

  async #digest(upload: Upload, algorithm: string): Promise<string> {
    const known = this.#hashes.get(upload.id);
    if (known?.size === upload.size && algorithm === 'sha256') return `sha256:${known.hash.copy().digest('hex')}`;
    const hash = createHash(algorithm);
    for await (const chunk of createReadStream(upload.file) as AsyncIterable<Buffer>) hash.update(chunk);
    return `${algorithm}:${hash.digest('hex')}`;
  }

  async #takeBack(upload: Upload): Promise<void> {
    this.#hashes.delete(upload.id);
    await truncate(upload.file, upload.size);
  }

  async #exclusively<Value>(upload: Upload, work: () => Promise<Value>): Promise<Value> {
    if (this.#busy.has(upload.id)) {
      throw new Refusal('BLOB_UPLOAD_INVALID', 'another request is writing to this upload', { status: 409 });
    }
    this.#busy.add(upload.id);
    try {
      const { size } = await this.find(upload.repository, upload.id);
      if (size !== upload.size)
        throw new Refusal('BLOB_UPLOAD_INVALID', 'the upload has changed in the meantime', { status: 409 });
      return await work();
    } finally {
      this.#busy.delete(upload.id);
    }
  }
}

const tooLarge = (limit: number): Refusal =>
  new Refusal('SIZE_INVALID', `a blob may have at most ${limit} bytes`, { status: 413 });
