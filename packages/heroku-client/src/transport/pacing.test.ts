import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi } from '../testing/fake-api.ts';
import { accountJson, appJson, releaseId, releaseJson } from '../testing/fake-heroku.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { systemClock } from './clock.ts';
import { hardFloor, pollFloor, pollInterval, refillInterval } from './pacing.ts';

/** A rate limit that refills as Heroku's does, on a client's clock. */
function rateLimit(clock: { now(): number }, initial: number) {
  let left = initial;
  let time = clock.now();
  let lowest = initial;
  return {
    lowest: () => lowest,
    draw(): Record<string, string> {
      left = Math.min(4_500, left + (clock.now() - time) / refillInterval) - 1;
      time = clock.now();
      lowest = Math.min(lowest, left);
      return { 'ratelimit-remaining': String(Math.floor(left)) };
    },
  };
}

const pendingRelease = releaseJson({ version: 42, description: 'Deployed web', status: 'pending' });

describe('a client that waits', () => {
  it.each([4_500, 1_000, 620, 502])(
    'leaves 500 requests of %i to others for 20 minutes (fault 58, heroku-client)',
    async (initial) => {
      const clock = virtualClock();
      const limit = rateLimit(clock, initial);
      await using api = await fakeApi(() => ({ json: pendingRelease, headers: limit.draw() }));
      const client = clientOf(api, { clock, onWarning: () => undefined });
      const error = await failureOf(client.releases.waitFor('shop', 42, { deadline: 20 * 60_000 }));
      expect(error.code).toBe('TIMEOUT');
      expect(limit.lowest()).toBeGreaterThanOrEqual(pollFloor);
      expect(api.seen.length).toBeGreaterThan(15);
    },
  );

  it('leaves 500 requests to others together with 20 clients of the same account', () => {
    let left = 700;
    let lowest = left;
    // In each round, every client whose interval has passed polls once.
    const due = Array.from({ length: 20 }, () => 0);
    for (let time = 0; time < 3_600_000; time += 100) {
      left = Math.min(4_500, left + 100 / refillInterval);
      for (const [index, at] of due.entries()) {
        if (at > time) continue;
        left -= 1;
        lowest = Math.min(lowest, left);
        due[index] = time + Math.max(5_000, pollInterval(left));
      }
    }
    expect(lowest).toBeGreaterThanOrEqual(pollFloor);
  });

  it('says so once, and polls as ever when enough is left again', async () => {
    const clock = virtualClock();
    const warnings: string[] = [];
    const left = [510, 510, 510, 4_000, 4_000, 4_000];
    await using api = await fakeApi((_request, count) => ({
      json: appJson,
      headers: { 'ratelimit-remaining': String(left[count - 1]) },
    }));
    const client = clientOf(api, { clock, onWarning: (text) => warnings.push(text) });
    for (let poll = 0; poll < 6; poll += 1) await client.apps.get('shop');
    expect(warnings).toEqual(['The account has 510 of 4,500 requests an hour left: polling less often.']);
    expect(clock.slept).toHaveLength(3);
  });

  it('ends its wait at the deadline, with a last look', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => ({ json: pendingRelease, headers: { 'ratelimit-remaining': '100' } }));
    const client = clientOf(api, { clock, onWarning: () => undefined });
    await failureOf(client.releases.waitFor('shop', 42, { deadline: 10_000 }));
    expect(clock.now()).toBeLessThan(11_100);
    expect(api.seen).toHaveLength(2);
  });

  it('ends its wait when aborted', async () => {
    const controller = new AbortController();
    await using api = await fakeApi(() => ({ json: appJson, headers: { 'ratelimit-remaining': '400' } }));
    const client = clientOf(api, { clock: systemClock, onWarning: () => controller.abort() });
    await client.apps.get('shop');
    const { signal } = controller;
    expect(await failureOf(client.apps.get('shop', { signal }))).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a client with work to do', () => {
  it("doesn't wait while Heroku accepts its requests", async () => {
    const clock = virtualClock();
    await using api = await fakeApi(({ path }) => ({
      json: path === '/account' ? accountJson : path.endsWith('/releases') ? [] : appJson,
      headers: { 'ratelimit-remaining': '300' },
    }));
    const client = clientOf(api, { clock });
    await client.account.get();
    await client.apps.get('shop');
    await client.apps.create({ name: 'shop' });
    await client.apps.create({ name: 'shop' });
    expect(clock.slept).toEqual([]);
  });

  it('slows down to the refill rate before Heroku rejects its requests (fault 58, heroku-client)', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => ({
      json: appJson,
      headers: { 'ratelimit-remaining': String(hardFloor - 1) },
    }));
    const client = clientOf(api, { clock });
    for (const version of [1, 2, 3]) await client.apps.get(releaseId(version));
    expect(clock.slept).toEqual([refillInterval, refillInterval]);
  });

  it('ignores an unreadable header', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => ({ json: accountJson, headers: { 'ratelimit-remaining': 'few' } }));
    const client = clientOf(api, { clock });
    await client.account.get();
    await client.account.get();
    expect(clock.slept).toEqual([]);
  });
});
