import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeAnswer } from '../testing/fake-api.ts';
import { accountJson, appJson } from '../testing/fake-heroku.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { floor, refillInterval } from './pacing.ts';
import { retryAfter } from './retrying.ts';

const refused: FakeAnswer = {
  status: 429,
  json: { id: 'rate_limit', message: 'Your account reached the API rate limit.' },
};

describe('a POST or PATCH', () => {
  it.each([
    ['a cut connection', 'reset'],
    ['a server error', { status: 503, json: {} }],
    ['silence', 'silence'],
  ] as const)('is not sent again after %s', async (_name, answer) => {
    await using api = await fakeApi(() => answer);
    await failureOf(clientOf(api, { timeout: 500 }).apps.create({ name: 'shop' }));
    expect(api.seen).toHaveLength(1);
  });

  it('is sent again after 429, which did nothing', async () => {
    await using api = await fakeApi((_request, count) => (count === 1 ? refused : { status: 201, json: appJson }));
    await clientOf(api).apps.create({ name: 'shop' });
    expect(api.seen).toHaveLength(2);
  });
});

describe('a GET', () => {
  it('gives up on a server that stays broken, after five tries', async () => {
    await using api = await fakeApi(() => ({ status: 503, json: { id: 'unavailable', message: 'Heroku is down.' } }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.message).toContain('SERVER_ERROR: Heroku is down.');
    expect(api.seen).toHaveLength(5);
  });

  it('does not try again what a new try cannot mend', async () => {
    await using api = await fakeApi(() => ({ status: 404, json: { id: 'not_found', message: 'No.' } }));
    await failureOf(clientOf(api).account.get());
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    ['a cut connection', 'reset'],
    ['a bad gateway', { status: 502, text: 'bad gateway' }],
    ['silence', 'silence'],
  ] as const)('succeeds after %s, waiting longer each time', async (_name, answer) => {
    const clock = virtualClock();
    await using api = await fakeApi((_request, count) => (count < 3 ? answer : { json: accountJson }));
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
  it('with a wait longer than a person would sit out is handed on, saying how long', async () => {
    await using api = await fakeApi(() => ({ ...refused, headers: { 'retry-after': '3600' } }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.code).toBe('RATE_LIMITED');
    expect(error.message).toContain('Try again in 3600 s.');
    expect(api.seen).toHaveLength(1);
  });

  it('that does not end is handed on after five tries, never in a tight loop', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => refused);
    const error = await failureOf(clientOf(api, { clock, onWarning: () => undefined }).account.get());
    expect(error.code).toBe('RATE_LIMITED');
    expect(clock.slept).toHaveLength(4);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(500);
  });

  it('waits as long as Retry-After says, and says so', async () => {
    const clock = virtualClock();
    const told: string[] = [];
    await using api = await fakeApi((_request, count) =>
      count === 1 ? { ...refused, headers: { 'retry-after': '120' } } : { json: accountJson },
    );
    await clientOf(api, { clock, onWarning: (text) => told.push(text) }).account.get();
    expect(clock.slept).toEqual([120_000]);
    expect(told).toEqual([`GET ${api.url}/account: waits 120 s, then tries again.`]);
  });

  it('the wait ends when it is aborted', async () => {
    await using api = await fakeApi(() => ({ ...refused, headers: { 'retry-after': '120' } }));
    const controller = new AbortController();
    const client = clientOf(api, { clock: systemClock, onWarning: () => controller.abort() });
    const error = await failureOf(client.account.get({ signal: controller.signal }));
    expect(error.code).toBe('ABORTED');
    expect(error.message).toContain('it was cancelled while waiting for the next try.');
  });

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
  ])('Retry-After: %s is understood', (text, expected) => {
    expect(retryAfter({ 'retry-after': text })).toBe(expected);
  });

  it('Retry-After as a date counts from now', () => {
    const wait = retryAfter({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    expect(wait).toBeGreaterThan(58_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });
});

describe('few requests left', () => {
  it('slow the client down to the pace at which Heroku refills, before it has to refuse (fault 58)', async () => {
    const clock = virtualClock();
    let left = floor + 2;
    await using api = await fakeApi(() => {
      left -= 1;
      return { json: accountJson, headers: { 'ratelimit-remaining': String(left) } };
    });
    const client = clientOf(api, { clock });
    for (let request = 0; request < 4; request += 1) await client.account.get();
    expect(clock.slept).toEqual([refillInterval]);
    await Promise.all([client.account.get(), client.account.get(), client.account.get()]);
    expect(clock.slept).toHaveLength(4);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000 + 4 * refillInterval);
  });

  it('an unreadable header changes nothing', async () => {
    const clock = virtualClock();
    await using api = await fakeApi(() => ({ json: accountJson, headers: { 'ratelimit-remaining': 'few' } }));
    const client = clientOf(api, { clock });
    await client.account.get();
    await client.account.get();
    expect(clock.slept).toEqual([]);
  });
});
