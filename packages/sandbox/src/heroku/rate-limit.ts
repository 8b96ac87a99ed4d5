/** Requests per hour and key. @see https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
export const requestsPerHour = 4500;

const refillPerMs = requestsPerHour / 3_600_000;

/** A bucket of requests for each API key, refilled continually. */
export class RateLimit {
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(options: { readonly capacity?: number; readonly now?: () => number } = {}) {
    this.#capacity = options.capacity ?? requestsPerHour;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Takes one request from the key's bucket; false when it is empty. */
  take(key: string): boolean {
    const bucket = this.#refilled(key);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  remaining(key: string): number {
    return Math.floor(this.#refilled(key).left);
  }

  /** Sets how many requests a key has left, for tests of what happens at the limit. */
  setRemaining(key: string, left: number): void {
    this.#refilled(key).left = left;
  }

  #refilled(key: string): { left: number; at: number } {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.#capacity, at: now };
    bucket.left = Math.min(this.#capacity, bucket.left + (now - bucket.at) * refillPerMs);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
