import { expect, test } from 'vitest';
import { startSandbox } from '../server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { RateLimit } from './rate-limit.ts';

test('an empty bucket refuses, and refills by 4,500 an hour', () => {
  let now = 0;
  const limit = new RateLimit({ capacity: 2, now: () => now });
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([true, true, false]);
  expect(limit.take('b')).toBe(true);
  now += 799;
  expect(limit.take('a')).toBe(false);
  now += 1;
  expect(limit.take('a')).toBe(true);
  now += 3_600_000;
  expect(limit.remaining('a')).toBe(2);
});

test('each answer tells how many requests are left, and asking for that costs none', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const first = Number((await api.get('/account')).headers.get('ratelimit-remaining'));
  const second = Number((await api.get('/account')).headers.get('ratelimit-remaining'));
  expect([first, second]).toEqual([4499, 4498]);
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 4498 });
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 4498 });
});
