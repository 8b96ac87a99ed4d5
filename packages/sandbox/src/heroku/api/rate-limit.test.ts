import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { RateLimit } from './rate-limit.ts';

test('an empty bucket rejects requests and refills evenly over an hour', () => {
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

test('each response has the number of remaining requests; requesting that number is free', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const first = Number((await api.get('/account')).headers.get('ratelimit-remaining'));
  const second = Number((await api.get('/account')).headers.get('ratelimit-remaining'));
  expect([first, second]).toEqual([4499, 4498]);
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 4498 });
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 4498 });
});

test('responds 429 when no requests remain', async () => {
  await using sandbox = await startSandbox({ requestsPerHour: 2 });
  const api = new HerokuApi(sandbox);
  await api.get('/account');
  await api.get('/account');
  const rejected = await api.get('/account');
  expect(rejected.status).toBe(429);
  expect(rejected.body['id']).toBe('rate_limit');
  expect(rejected.headers.get('ratelimit-remaining')).toBe('0');
  expect((await api.get('/account/rate-limits')).body).toEqual({ remaining: 0 });
});
