const largestChunk = 32 * 1024 * 1024;
const smallestChunk = 256 * 1024;

/** How much one registry, or a proxy before it, takes in one request, as far as it has told. */
export class Chunking {
  /** In bytes; undefined as long as blobs are taken whole. */
  size: number | undefined;
  #least = smallestChunk;

  /** What an upload's beginning said. @see OCI distribution-spec, "Pushing a blob in chunks": OCI-Chunk-Min-Length */
  noteLeast(header: string | undefined): void {
    if (header !== undefined && /^\d{1,12}$/.test(header)) this.#least = Math.max(this.#least, Number(header));
  }

  /** After a 413: false when nothing smaller makes sense. */
  shrink(refused: number): boolean {
    const next = Math.max(Math.min(largestChunk, Math.floor(Math.min(refused, this.size ?? refused) / 4)), this.#least);
    if (next >= Math.min(refused, this.size ?? refused)) return false;
    this.size = next;
    return true;
  }
}
