import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { RateLimit } from './rate-limit.ts';

test('an empty bucket refuses, and refills evenly over the hour', () => {
  let now = 0;
  const limit = new RateLimit({ requestsPerHour: 2, now: () => now });
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([true, true, false]);
  expect(limit.take('b')).toBe(true);
  now += 1_799_000;
  expect(limit.take('a')).toBe(false);
  now += 1000;
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

test('with none left the answer is 429 until some have come back', async () => {
  await using sandbox = await startSandbox({ requestsPerHour: 2 });
  const api = new HerokuApi(sandbox);
  await api.get('/account');
  await api.get('/account');
  const refused = await api.get('/account');
  expect(refused.status).toBe(429);
  expect(refused.body['id']).toBe('rate_limit');
  expect(refused.headers.get('ratelimit-remaining')).toBe('0');
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 0 });
});
