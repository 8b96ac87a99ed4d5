const maxChunk = 32 * 1024 * 1024;
const defaultMinChunk = 256 * 1024;

/** The most that one registry, or a proxy in front of it, accepts in one request, as far as is known. */
export class Chunking {
  /** In bytes; undefined while blobs are sent whole. */
  size: number | undefined;
  #min = defaultMinChunk;

  /** Sets the minimum that an upload's first response named. @see OCI distribution-spec, "Pushing a blob in chunks": OCI-Chunk-Min-Length */
  setMin(header: string | undefined): void {
    if (header !== undefined && /^\d{1,12}$/.test(header)) this.#min = Math.max(this.#min, Number(header));
  }

  /** Reduces the size after a 413; returns false when nothing smaller makes sense. */
  shrink(rejected: number): boolean {
    const next = Math.max(Math.min(maxChunk, Math.floor(Math.min(rejected, this.size ?? rejected) / 4)), this.#min);
    if (next >= Math.min(rejected, this.size ?? rejected)) return false;
    this.size = next;
    return true;
  }
}
