import { startSandbox, type SandboxOptions } from '@tozo/sandbox';
import { fastClock } from '../testing/fast-clock.ts';
import type { HerokuConnection } from './heroku-connection.ts';

export const durations = { killAfter: 1_000, drain: 50 };

/** Starts a sandbox and returns it as a Heroku that a contract can be run against. */
export async function sandboxConnection(options: SandboxOptions = {}): Promise<HerokuConnection> {
  const sandbox = await startSandbox({ ...options, durations });
  const { heroku, registry, hub } = sandbox.urls;
  return {
    url: heroku,
    key: sandbox.apiKey,
    registryUrl: registry,
    hubUrl: hub,
    clock: fastClock,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
