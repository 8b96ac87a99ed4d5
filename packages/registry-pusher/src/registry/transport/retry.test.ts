import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import { impatient } from '../../testing/impatient.ts';
import { parseRetryAfter } from './error-response.ts';
import { RetryBudget, retryDelay, withRetries } from './retry.ts';

afterEach(() => vi.useRealTimers());

const resetError = () =>
  new RegistryPusherError('REGISTRY_UNREACHABLE', 'reset', {
    cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  });

test.for([
  ['another kind of error', new RegistryPusherError('DIGEST_MISMATCH', 'x')],
  ['a programming error', new TypeError('x')],
  [
    "a host that doesn't exist",
    new RegistryPusherError('REGISTRY_UNREACHABLE', 'x', {
      cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
    }),
  ],
  [
    'a connection that was closed on this side',
    new RegistryPusherError('REGISTRY_UNREACHABLE', 'x', {
      cause: Object.assign(new Error('x'), { code: 'UND_ERR_DESTROYED' }),
    }),
  ],
  [
    'an untrusted certificate',
    new RegistryPusherError('REGISTRY_UNREACHABLE', 'x', {
      cause: Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    }),
  ],
] as const)("doesn't retry %s", async ([, error]) => {
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    throw error;
  };

  await expect(withRetries(new RetryBudget(impatient), attempt)).rejects.toBe(error);
  expect(attempts).toBe(1);
});

test('throws the last error after the last attempt', async () => {
  const errors: unknown[] = [];
  const attempt = async () => {
    errors.push(resetError());
    throw errors.at(-1);
  };

  const work = withRetries(new RetryBudget({ ...impatient, maxAttempts: 4 }), attempt);

  await expect(work).rejects.toMatchObject({
    message: 'reset Gave up after 4 attempts.',
    cause: (errors.at(-1) as Error).cause,
  });
  expect(errors).toHaveLength(4);
});

test('an error that used up a budget is final for whoever called (fault 135, registry-pusher)', async () => {
  let attempts = 0;
  const inner = () =>
    withRetries(new RetryBudget(impatient), async () => {
      attempts += 1;
      throw resetError();
    });

  await expect(withRetries(new RetryBudget(impatient), inner)).rejects.toMatchObject({
    message: `reset Gave up after ${impatient.maxAttempts} attempts.`,
  });
  expect(attempts).toBe(impatient.maxAttempts);
});

test('says why it waits, for how long, and which attempt comes next', async () => {
  const lines: string[] = [];
  const budget = new RetryBudget(
    { ...impatient, backoff: 10 * 60_000 },
    { onWait: (line) => lines.push(line), signals: [AbortSignal.abort()] },
  );
  await expect(budget.spend(resetError())).rejects.toMatchObject({ code: 'ABORTED' });
  expect(lines).toEqual([expect.stringMatching(/^reset Attempt 2 of 3 starts in \d+ s\.$/)]);
});

test('says nothing about waits that nobody notices', async () => {
  const lines: string[] = [];
  const budget = new RetryBudget(impatient, { onWait: (line) => lines.push(line) });
  await budget.spend(resetError());
  expect(lines).toEqual([]);
});

test('doubles the waits without a Retry-After, and always waits (fault 7, registry-pusher)', () => {
  const timing = { ...impatient, backoff: 500, maxAttempts: 100 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), (failures) => {
      const full = Math.min(500 * 2 ** (failures - 1), 16_000);
      const wait = retryDelay(resetError(), failures, timing)!;
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }),
  );
});

test('jitter spreads simultaneous retries (fault 5, registry-pusher)', () => {
  const waits = Array.from({ length: 20 }, () => retryDelay(resetError(), 1, impatient));
  expect(new Set(waits).size).toBeGreaterThan(1);
});

test.for([
  ['no value', undefined, undefined],
  ['an invalid value', 'soon', undefined],
  ['zero seconds', '0', 0],
  ['seconds', '120', 120_000],
  ['a fraction of a second', '0.5', 500],
  ['a negative number', '-1', undefined],
  ['a unit', '763.973µs', undefined],
  ['a date', 'Tue, 24 Nov 2026 10:02:00 GMT', 120_000],
  ['a past date', 'Tue, 24 Nov 2026 09:00:00 GMT', 0],
] as const)('parses a Retry-After with %s (faults 6, 84, registry-pusher)', ([, value, expected]) => {
  vi.useFakeTimers({ now: new Date('2026-11-24T10:00:00Z') });

  expect(parseRetryAfter(value)).toBe(expected);
});

test("compares a Retry-After date with the server's clock (fault 84, registry-pusher)", () => {
  vi.useFakeTimers({ now: new Date('2031-01-01T00:00:00Z') });

  expect(parseRetryAfter('Tue, 24 Nov 2026 10:02:00 GMT', 'Tue, 24 Nov 2026 10:00:00 GMT')).toBe(120_000);
});
