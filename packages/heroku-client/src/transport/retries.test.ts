import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeResponse } from '../testing/fake-api.ts';
import { accountJson, appJson, processTypeJson } from '../testing/fake-heroku.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { systemClock } from './clock.ts';
import { retryAfter } from './retries.ts';

const rateLimited: FakeResponse = {
  status: 429,
  json: { id: 'rate_limit', message: 'Your account reached the API rate limit.' },
};

describe('a POST or PATCH', () => {
  it.each([
    ['a lost connection', 'reset'],
    ['a server error', { status: 503, json: {} }],
    ['silence', 'silence'],
  ] as const)("isn't retried after %s", async (_name, response) => {
    await using api = await fakeApi(() => response);
    await failureOf(clientOf(api, { timeout: 500 }).apps.create({ stack: 'container' }));
    expect(api.seen).toHaveLength(1);
  });

  it('is retried when it sets absolute counts', async () => {
    await using api = await fakeApi((_request, count) => (count === 1 ? 'reset' : { json: [processTypeJson('web')] }));
    await clientOf(api).formation.update('shop', [{ type: 'web', quantity: 2 }]);
    expect(api.seen).toHaveLength(2);
  });

  it('is retried after 429, because Heroku did nothing', async () => {
    await using api = await fakeApi((_request, count) => (count === 1 ? rateLimited : { status: 201, json: appJson }));
    await clientOf(api).apps.create({ name: 'shop' });
    expect(api.seen).toHaveLength(2);
  });
});

describe('a GET', () => {
  it('fails after five attempts', async () => {
    await using api = await fakeApi(() => ({ status: 503, json: { id: 'unavailable', message: 'Heroku is down.' } }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.message).toContain('SERVER_ERROR: Heroku is down.');
    expect(api.seen).toHaveLength(5);
  });

  it("doesn't retry permanent errors", async () => {
    await using api = await fakeApi(() => ({ status: 404, json: { id: 'not_found', message: 'No.' } }));
    await failureOf(clientOf(api).account.get());
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    ['a lost connection', 'reset'],
    ['a bad gateway', { status: 502, text: 'bad gateway' }],
    ['silence', 'silence'],
  ] as const)('is retried after %s, with growing waits', async (_name, response) => {
    const clock = virtualClock();
    await using api = await fakeApi((_request, count) => (count < 3 ? response : { json: accountJson }));
    await clientOf(api, { clock, timeout: 500 }).account.get();
    expect(api.seen).toHaveLength(3);
    expect(clock.slept).toHaveLength(2);
    expect(clock.slept[0]).toBeGreaterThanOrEqual(125);
    expect(clock.slept[0]).toBeLessThanOrEqual(250);
    expect(clock.slept[1]).toBeGreaterThanOrEqual(250);
    expect(clock.slept[1]).toBeLessThanOrEqual(500);
  });
});

describe('429', () => {
  it('fails at once on a longer Retry-After than the maximum, and says how long', async () => {
    await using api = await fakeApi(() => ({ ...rateLimited, headers: { 'retry-after': '3600' } }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.code).toBe('RATE_LIMITED');
    expect(error.message).toContain('Retry in 3600 s.');
    expect(api.seen).toHaveLength(1);
  });

  it('fails after five attempts, with a wait before each', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => rateLimited);
    const error = await failureOf(clientOf(api, { clock, onWarning: () => undefined }).account.get());
    expect(error.code).toBe('RATE_LIMITED');
    expect(clock.slept).toHaveLength(4);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(500);
  });

  it('waits as long as Retry-After says, and warns', async () => {
    const clock = virtualClock();
    const warnings: string[] = [];
    await using api = await fakeApi((_request, count) =>
      count === 1 ? { ...rateLimited, headers: { 'retry-after': '120' } } : { json: accountJson },
    );
    await clientOf(api, { clock, onWarning: (text) => warnings.push(text) }).account.get();
    expect(clock.slept).toEqual([120_000]);
    expect(warnings).toEqual([`GET ${api.url}/account: retrying in 120 s.`]);
  });

  it('stops waiting when aborted', async () => {
    await using api = await fakeApi(() => ({ ...rateLimited, headers: { 'retry-after': '120' } }));
    const controller = new AbortController();
    const client = clientOf(api, { clock: systemClock, onWarning: () => controller.abort() });
    const error = await failureOf(client.account.get({ signal: controller.signal }));
    expect(error.code).toBe('ABORTED');
    expect(error.message).toContain('it was canceled while waiting for the next attempt.');
  });

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
  ])('parses Retry-After: %s', (text, expected) => {
    expect(retryAfter({ 'retry-after': text })).toBe(expected);
  });

  it('parses Retry-After as a date from now', () => {
    const wait = retryAfter({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    expect(wait).toBeGreaterThan(58_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  it("measures a date against the server's clock, however wrong this machine's is (fault 84, heroku-client)", () => {
    const date = 'Thu, 01 Jan 1970 00:00:00 GMT';
    expect(retryAfter({ date, 'retry-after': 'Thu, 01 Jan 1970 00:02:00 GMT' })).toBe(120_000);
  });
});
