/** The longest that a command waits because GitLab asks it to. */
const maxWaitMs = 30_000;

/** Lets the requests of one command wait as long as GitLab asks, 30 s in all. Waits at the same time count once. */
export class Patience {
  readonly #now: () => number;
  #end: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether a wait that starts now ends within the limit. The first wait starts the clock. */
  allows(ms: number): boolean {
    const now = this.#now();
    this.#end ??= now + maxWaitMs;
    return now + ms <= this.#end;
  }
}

/**
 * Returns the milliseconds that a `Retry-After` asks for, in seconds or as a date. Undefined for anything else.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = text.endsWith('GMT') ? Date.parse(text) - Date.now() : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(until, 0);
}
