import { createRegistryClient } from '../registry/create-client.ts';
import type { RegistryClientOptions } from '../registry/client/client.ts';
import type { Timing } from '../registry/transport/timing.ts';

/**
 * Retries at once, but gives a busy machine time: what stalls is a matter of tests that set a limit of their own.
 */
export const impatient: Timing = {
  connect: 30_000,
  stall: 30_000,
  document: 30_000,
  push: 50_000,
  backoff: 1,
  maxRetryAfter: 10_000,
  maxAttempts: 3,
};

/** A client that waits for nothing long, and is closed with the test. */
export function impatientClient(options: RegistryClientOptions = {}) {
  const client = createRegistryClient({ ...options, timing: { ...impatient, ...options.timing } });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}
