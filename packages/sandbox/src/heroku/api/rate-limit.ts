/** Requests per hour and key. @see https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
const herokuRequestsPerHour = 4500;
const hourMs = 3_600_000;

/** A bucket of requests for each API key, refilled continually. */
export class RateLimit {
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(options: { readonly requestsPerHour?: number; readonly now: () => number }) {
    this.#capacity = options.requestsPerHour ?? herokuRequestsPerHour;
    this.#now = options.now;
  }

  /** Takes one request from the key's bucket. Returns false if it's empty. */
  take(key: string): boolean {
    const bucket = this.#refill(key);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  remaining(key: string): number {
    return Math.floor(this.#refill(key).left);
  }

  #refill(key: string): { left: number; at: number } {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.#capacity, at: now };
    bucket.left = Math.min(this.#capacity, bucket.left + ((now - bucket.at) / hourMs) * this.#capacity);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
