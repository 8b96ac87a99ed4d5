/** Requests per minute and user on gitlab.com. @see https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom */
const gitlabRequestsPerMinute = 2000;
const windowMs = 60_000;

/** A user's count in the current minute. */
export interface Standing {
  readonly isOver: boolean;
  /** GitLab's headers, with `Retry-After` at the limit. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts requests per user in one-minute windows, as GitLab does. */
export class GitlabRateLimit {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #windows = new Map<string, { readonly ends: number; count: number }>();

  constructor(options: { readonly requestsPerMinute?: number; readonly now: () => number }) {
    this.#limit = options.requestsPerMinute ?? gitlabRequestsPerMinute;
    this.#now = options.now;
  }

  count(user: string): Standing {
    const now = this.#now();
    let window = this.#windows.get(user);
    if (!window || window.ends <= now) this.#windows.set(user, (window = { ends: now + windowMs, count: 0 }));
    window.count++;
    const isOver = window.count > this.#limit;
    return {
      isOver,
      headers: {
        'ratelimit-limit': String(this.#limit),
        'ratelimit-observed': String(window.count),
        'ratelimit-remaining': String(Math.max(0, this.#limit - window.count)),
        'ratelimit-reset': String(Math.ceil(window.ends / 1000)),
        ...(isOver ? { 'retry-after': String(Math.ceil((window.ends - now) / 1000)) } : {}),
      },
    };
  }
}
