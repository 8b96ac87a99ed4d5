import { createRegistryClient } from '../registry/create-client.ts';
import type { RegistryClientOptions } from '../registry/client/client.ts';
import type { Timing } from '../registry/transport/timing.ts';

/** Waits that a test can afford. */
export const impatient: Timing = {
  connect: 1000,
  stall: 300,
  push: 20_000,
  backoff: 1,
  maxRetryAfter: 10_000,
  maxAttempts: 3,
};

/** A client that waits for nothing long, and is closed with the test. */
export function impatientClient(options: RegistryClientOptions = {}) {
  const client = createRegistryClient({ ...options, timing: { ...impatient, ...options.timing } });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}
