import type { Clock } from './clock.ts';
import type { Interceptor } from './send.ts';

/** With fewer requests left than this, requests go out no faster than Heroku refills them. */
export const floor = 100;
/** Heroku refills 4,500 requests an hour, one by one. @see https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
export const refillInterval = 3_600_000 / 4_500;

/** Slows down while `RateLimit-Remaining` is low, before Heroku rejects requests with 429. */
export function pacing(clock: Clock): Interceptor {
  let remaining = Number.POSITIVE_INFINITY;
  let next = 0;
  return (send) => async (request) => {
    if (remaining < floor) {
      next = Math.max(next, clock.now()) + refillInterval;
      await clock.sleep(next - clock.now(), request.signal);
    }
    const response = await send(request);
    const left = response.headers['ratelimit-remaining'];
    if (left !== undefined && /^\d+$/.test(left)) remaining = Number(left);
    return response;
  };
}
