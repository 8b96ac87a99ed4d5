import { createHerokuClient, type HerokuClient, type HerokuClientOptions } from '../client.ts';
import type { HerokuError } from '../errors.ts';
import type { FakeApi } from './fake-api.ts';
import { virtualClock } from './virtual-clock.ts';

/** A key that no output may show. */
export const sentinel = 'HRKU-sentinel-7f3a9c';

export function clientOf(api: FakeApi, options: Partial<HerokuClientOptions> = {}): HerokuClient {
  return createHerokuClient({ apiKey: sentinel, baseUrl: api.url, clock: virtualClock(), ...options });
}

/** Returns the error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<HerokuError> {
  try {
    await promise;
  } catch (error) {
    return error as HerokuError;
  }
  throw new Error("It didn't fail.");
}
