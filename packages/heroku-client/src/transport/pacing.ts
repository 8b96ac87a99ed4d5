import type { Clock } from './clock.ts';
import { pause } from './retries.ts';
import type { ApiRequest, Interceptor } from './send.ts';

/** Heroku refills 4,500 requests an hour, one by one. @see https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
export const refillInterval = 3_600_000 / 4_500;
/** Requests that polls leave to others of the account. With twice as many left, they begin to slow down. */
export const pollFloor = 500;
/** With fewer requests left than this, all requests go out no faster than Heroku refills them. */
export const hardFloor = 100;
const longestPollInterval = 60_000;
const reportedInterval = 5_000;

/** Milliseconds from one poll to the next. Clients that know nothing of each other share what Heroku refills. */
export function pollInterval(remaining: number): number {
  if (remaining >= 2 * pollFloor) return 0;
  const missing = Math.max(0, pollFloor - remaining);
  const spread = pollFloor / Math.max(1, remaining - pollFloor);
  return Math.min(refillInterval * spread, longestPollInterval) + refillInterval * missing;
}

/**
 * Slows down while `RateLimit-Remaining` is low. A GET that repeats an earlier one is a poll: it can wait. Other requests
 * have a purpose of their own, and only avoid a rejection with 429. No wait exceeds a request's deadline.
 * @param onWait receives one message about waits that a person would notice
 */
export function pacing(clock: Clock, onWait: (text: string) => void): Interceptor {
  let remaining = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let hasReported = false;
  const seen = new Set<string>();

  function isPoll({ method, url, headers }: ApiRequest): boolean {
    const key = `${url} ${headers['range'] ?? ''}`;
    const wasSeen = seen.has(key);
    if (method === 'GET') seen.add(key);
    return method === 'GET' && wasSeen;
  }

  return (send) => async (request) => {
    // The only request that Heroku doesn't count.
    if (request.url.endsWith('/account/rate-limits')) return send(request);
    const unhurried = isPoll(request) ? pollInterval(remaining) : 0;
    const interval = Math.max(unhurried, remaining < hardFloor ? refillInterval : 0);
    const now = clock.now();
    last = Math.max(now, Math.min(last + interval, request.deadline ?? Number.POSITIVE_INFINITY));
    if (interval >= reportedInterval && !hasReported) {
      hasReported = true;
      onWait(`The account has ${remaining} of 4,500 requests an hour left: polling less often.`);
    }
    if (last > now) await pause(clock, last - now, request);
    const response = await send(request);
    const left = response.headers['ratelimit-remaining'];
    if (left !== undefined && /^\d+$/.test(left)) remaining = Number(left);
    return response;
  };
}
