import type { Dyno, HerokuClient } from '@tozo/heroku-client';
import { now, wait } from '../clock.ts';
import type { HealthCheck } from '../config/schema.ts';
import type { VersionMarker } from '../plan/plan.ts';
import type { Emit } from '../report/events.ts';

/** What makes a release healthy. */
export interface Expectation {
  readonly app: string;
  readonly version: number;
  /** The app's URL; null if it has none, or no web process. */
  readonly url: string | null;
  /** Dynos by process type, as in the formation. */
  readonly dynos: Readonly<Record<string, number>>;
  readonly health: HealthCheck;
  /** Absent when the version can't be proven. */
  readonly marker?: VersionMarker;
}

export type Health =
  | { readonly kind: 'healthy'; readonly up: number; readonly expected: number; readonly versionProven: boolean }
  | { readonly kind: 'unhealthy'; readonly reason: string }
  /** No dyno should run. */
  | { readonly kind: 'nothing-to-check' };

/** One observation of an app. `pending` may still become healthy, `failed` won't. */
export interface Observation {
  readonly kind: 'healthy' | 'pending' | 'failed';
  readonly up: number;
  readonly text: string;
}

const firstPollSeconds = 0.1;
const longestPollSeconds = 2;

/**
 * Waits until a release is healthy for `holdSeconds`: all of its dynos up, and a successful response from its URL, by the new
 * version if that can be proven. With `patience` 0 it checks once.
 */
export async function waitUntilHealthy(
  heroku: HerokuClient,
  expectation: Expectation,
  emit: Emit,
  options: { signal?: AbortSignal; patience?: number; hold?: number } = {},
): Promise<Health> {
  const { signal } = options;
  const expected = sum(expectation.dynos);
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
  const problem = await checkUrl(expectation.url, expectation, signal);
  return problem === undefined ? judged : { kind: 'pending', up: judged.up, text: problem };
}

/** Judges the dynos of the expected release; those of other releases don't count. */
export function judgeDynos(dynos: readonly Dyno[], { version, dynos: expected }: Expectation): Observation {
  const ours = dynos.filter((dyno) => dyno.type in expected && dyno.release.version === version);
  const up = ours.filter(({ state }) => state === 'up').length;
  const crashed = ours.find(({ state }) => state === 'crashed');
  if (crashed) return { kind: 'failed', up, text: `${crashed.name} crashed` };
  const unknown = ours.find(({ state }) => !knownStates.has(state));
  if (unknown) return { kind: 'pending', up, text: `${unknown.name} is in the unknown state "${unknown.state}"` };
  const wanted = sum(expected);
  return { kind: up < wanted ? 'pending' : 'healthy', up, text: `${up} of ${wanted} dynos up` };
}

const knownStates = new Set(['starting', 'up', 'idle', 'down', 'crashed']);

function sum(dynos: Readonly<Record<string, number>>): number {
  return Object.values(dynos).reduce((total, quantity) => total + quantity, 0);
}

const responseTimeoutMs = 10_000;

/** Requests the health path of the app. Returns undefined if all is well, else the problem. */
async function checkUrl(
  url: string,
  { health, marker }: Expectation,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(responseTimeoutMs);
  try {
    const response = await fetch(new URL(health.path, url), {
      headers: { 'cache-control': 'no-cache' },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    await response.body?.cancel();
    if (!response.ok) return `GET ${health.path} returned ${response.status}`;
    if (marker === undefined) return undefined;
    const found = response.headers.get(marker.header);
    if (found === marker.value) return undefined;
    return found === null
      ? `GET ${health.path} returned no header ${marker.header}`
      : `GET ${health.path} returned a different version in ${marker.header}`;
  } catch (error) {
    if (signal?.aborted) throw error;
    const cause = (error as { cause?: { message?: string } }).cause?.message;
    return `GET ${health.path} failed: ${cause ?? (error as Error).message}`;
  }
}
