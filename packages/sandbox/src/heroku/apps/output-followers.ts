/** Who follows the output of which release phase. */
export class OutputFollowers {
  readonly #followers = new Map<string, Set<() => void>>();

  /** Calls `onChange` after each `notify` of this release. Returns a function that ends this. */
  follow(releaseId: string, onChange: () => void): () => void {
    const followers = this.#followers.get(releaseId) ?? new Set();
    this.#followers.set(releaseId, followers.add(onChange));
    return () => followers.delete(onChange);
  }

  notify(releaseId: string): void {
    for (const follower of this.#followers.get(releaseId) ?? []) follower();
  }
}
