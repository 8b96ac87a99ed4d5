import type { Dyno, HerokuClient } from '@tozo/heroku-client';
import type { Digest } from '@tozo/registry-pusher';
import { now, wait } from './clock.ts';
import type { HealthCheck } from './config.ts';
import type { Emit } from './events.ts';

/** What is expected of a release before it counts as live. */
export interface Expectation {
  readonly app: string;
  readonly version: number;
  /** Where the app answers; null when it has no address or no web process. */
  readonly url: string | null;
  /** Dynos by process type, as the formation has them. */
  readonly dynos: Readonly<Record<string, number>>;
  readonly health: HealthCheck;
  /** The value that the version header must have; absent when the version cannot be proven. */
  readonly marker?: Digest;
}

export type Health =
  | { readonly kind: 'healthy'; readonly up: number; readonly expected: number; readonly versionProven: boolean }
  | { readonly kind: 'unhealthy'; readonly reason: string }
  /** No dyno is meant to run. */
  | { readonly kind: 'nothing-to-check' };

/** One look at an app. `pending` may still become healthy, `failed` will not. */
export type Observation =
  | { readonly kind: 'healthy'; readonly up: number; readonly text: string }
  | { readonly kind: 'pending'; readonly up: number; readonly text: string }
  | { readonly kind: 'failed'; readonly up: number; readonly text: string };

const firstPollSeconds = 0.1;
const longestPollSeconds = 2;

/**
 * Waits until a release is healthy: all of its dynos up, the URL answering, and answering as the new version where that can
 * be proven; and all of it for `holdSeconds`. With `patience` 0 it looks once.
 */
export async function waitUntilHealthy(
  heroku: HerokuClient,
  expectation: Expectation,
  emit: Emit,
  options: { signal?: AbortSignal; patience?: number; hold?: number } = {},
): Promise<Health> {
  const { signal } = options;
  const expected = Object.values(expectation.dynos).reduce((sum, count) => sum + count, 0);
  if (expected === 0) return { kind: 'nothing-to-check' };
  const deadline = now() + (options.patience ?? expectation.health.timeoutSeconds);
  const hold = options.hold ?? expectation.health.holdSeconds;
  let healthySince: number | undefined;
  for (let pause = firstPollSeconds; ; pause = Math.min(pause * 1.5, longestPollSeconds)) {
    const observation = await observe(heroku, expectation, signal);
    emit({ type: 'health', up: observation.up, expected, observation: observation.text });
    if (observation.kind === 'failed') return { kind: 'unhealthy', reason: observation.text };
    healthySince = observation.kind === 'healthy' ? (healthySince ?? now()) : undefined;
    if (healthySince !== undefined && now() - healthySince >= hold) {
      return { kind: 'healthy', up: observation.up, expected, versionProven: expectation.marker !== undefined };
    }
    if (now() >= deadline && healthySince === undefined) return { kind: 'unhealthy', reason: observation.text };
    await wait(healthySince === undefined ? pause : Math.min(pause, Math.max(0.05, hold)), signal);
  }
}

async function observe(
  heroku: HerokuClient,
  expectation: Expectation,
  signal: AbortSignal | undefined,
): Promise<Observation> {
  const dynos = await heroku.dynos.list(expectation.app, signal ? { signal } : {});
  const judged = judgeDynos(dynos, expectation);
  if (judged.kind !== 'healthy' || expectation.url === null || !expectation.dynos['web']) return judged;
  const answer = await askVersion(expectation.url, expectation, signal);
  return answer === undefined ? judged : { kind: 'pending', up: judged.up, text: answer };
}

/** Judges the dynos that run the expected release, or, when it never restarted them, a later one. */
export function judgeDynos(dynos: readonly Dyno[], { version, dynos: expected }: Expectation): Observation {
  const ours = dynos.filter((dyno) => dyno.type in expected && dyno.release.version === version);
  const up = ours.filter(({ state }) => state === 'up').length;
  const crashed = ours.find(({ state }) => state === 'crashed');
  if (crashed) return { kind: 'failed', up, text: `${crashed.name} crashed` };
  const unknown = ours.find(({ state }) => !knownStates.has(state));
  if (unknown)
    return { kind: 'pending', up, text: `${unknown.name} is in a state this tool does not know: "${unknown.state}"` };
  const wanted = Object.values(expected).reduce((sum, count) => sum + count, 0);
  if (up < wanted) return { kind: 'pending', up, text: `${up} of ${wanted} dynos up` };
  return { kind: 'healthy', up, text: `${up} of ${wanted} dynos up` };
}

const knownStates = new Set(['starting', 'up', 'idle', 'down', 'crashed']);
const answerTimeoutMs = 10_000;

/** Asks the app itself. Gives undefined when all is well, else what is wrong. */
async function askVersion(
  url: string,
  { health, marker }: Expectation,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  try {
    const answer = await fetch(new URL(health.path, url), {
      headers: { 'cache-control': 'no-cache' },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    await answer.body?.cancel();
    if (!answer.ok) return `GET ${health.path} answers ${answer.status}`;
    if (marker === undefined) return undefined;
    const version = answer.headers.get(health.versionHeader!);
    if (version === marker) return undefined;
    return version === null
      ? `GET ${health.path} answers without the header ${health.versionHeader}`
      : `GET ${health.path} is answered by another version`;
  } catch (error) {
    if (signal?.aborted) throw error;
    const cause = (error as { cause?: { message?: string } }).cause?.message;
    return `GET ${health.path} fails: ${cause ?? (error as Error).message}`;
  }
}
