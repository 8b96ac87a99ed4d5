import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import { impatient } from '../../testing/impatient.ts';
import { retryAfter } from './answer.ts';
import { retrying, waitAfter } from './retry.ts';

afterEach(() => vi.useRealTimers());

const reset = new RegistryPusherError('REGISTRY_UNREACHABLE', 'reset', {
  cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
});

test.for([
  ['another kind of error', new RegistryPusherError('DIGEST_MISMATCH', 'x')],
  ['a programming error', new TypeError('x')],
  [
    'a host that does not exist',
    new RegistryPusherError('REGISTRY_UNREACHABLE', 'x', {
      cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
    }),
  ],
  [
    'a certificate that is not trusted',
    new RegistryPusherError('REGISTRY_UNREACHABLE', 'x', {
      cause: Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    }),
  ],
] as const)('%s is not tried again', async ([, error]) => {
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    throw error;
  };

  await expect(retrying(impatient, undefined, attempt)).rejects.toBe(error);
  expect(tries).toBe(1);
});

test('what keeps failing is given up after the last try, with its own error', async () => {
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    throw reset;
  };

  await expect(retrying({ ...impatient, tries: 4 }, undefined, attempt)).rejects.toBe(reset);
  expect(tries).toBe(4);
});

test('without being told how long, waits double and are never nothing (fault 7)', () => {
  const timing = { ...impatient, backoff: 500, tries: 100 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), (failures) => {
      const full = Math.min(500 * 2 ** (failures - 1), 16_000);
      const wait = waitAfter(reset, failures, timing)!;
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }),
  );
});

test('those who failed together do not come back together (fault 5)', () => {
  const waits = Array.from({ length: 20 }, () => waitAfter(reset, 1, impatient));
  expect(new Set(waits).size).toBeGreaterThan(1);
});

test.for([
  ['nothing', undefined, undefined],
  ['not a time', 'soon', undefined],
  ['no time', '0', 0],
  ['a time longer than half a minute', '120', 120_000],
  ['a date', 'Tue, 24 Nov 2026 10:02:00 GMT', 120_000],
  ['a date that has passed', 'Tue, 24 Nov 2026 09:00:00 GMT', 0],
] as const)('Retry-After with %s is read as it is meant (faults 6, 84)', ([, value, expected]) => {
  vi.useFakeTimers({ now: new Date('2026-11-24T10:00:00Z') });

  expect(retryAfter(value)).toBe(expected);
});

test('a date is read by the clock of the server, not by ours (fault 84)', () => {
  vi.useFakeTimers({ now: new Date('2031-01-01T00:00:00Z') });

  expect(retryAfter('Tue, 24 Nov 2026 10:02:00 GMT', 'Tue, 24 Nov 2026 10:00:00 GMT')).toBe(120_000);
});
