import type { Dyno, HerokuClient } from '@tozo/heroku-client';
import { now, wait } from '../clock.ts';
import type { HealthCheck } from '../config/schema.ts';
import { DeployError } from '../errors.ts';
import type { Health } from '../outcome/observations.ts';
import type { VersionMarker } from '../plan/plan.ts';
import type { Emit } from '../report/events.ts';
import { checkResponse } from './http-check.ts';
import { countDynos, type DynoExpectation, judgeDynos, type Look } from './judge-dynos.ts';

/** What makes a release healthy. */
export interface Expectation extends DynoExpectation {
  readonly app: string;
  /** The app's URL; null if it has none. */
  readonly url: string | null;
  readonly health: HealthCheck;
  /** Whether any response below 500 is healthy. */
  readonly anyResponse?: boolean;
  /** Absent when the version can't be proven. */
  readonly marker?: VersionMarker;
  /**
   * Seconds for which the previous version's dynos may still respond (Preboot). Without a marker, only what responds after
   * them is known to be the new version.
   */
  readonly overlapSeconds: number;
  /** Seconds and responses for which it must stay healthy. 0 and 1 check once. */
  readonly holdSeconds: number;
  readonly successes: number;
}

/** Of Heroku's page in maintenance mode. @see https://devcenter.heroku.com/articles/maintenance-mode */
const maintenanceStatus = 503;
const firstPollSeconds = 0.1;
const longestPollSeconds = 2;

/**
 * Waits until a release is healthy, and stays so: all of its dynos up, and successful responses from its URL, by the new
 * version if that can be proven. Gives up `timeoutSeconds` of the health check after the previous version may last respond.
 * Time in maintenance mode doesn't count against it, nor do dynos that were scaled down in the meantime.
 * @throws DeployError APP_NOT_READY if the app is in maintenance mode by then, so that nothing is known about the release
 */
export async function waitUntilHealthy(
  heroku: HerokuClient,
  expectation: Expectation,
  emit: Emit,
  signal?: AbortSignal,
): Promise<Health> {
  const health = await waitForDynos(heroku, expectation, emit, signal);
  if (health.kind !== 'unhealthy') return health;
  const dynos = await countsLeft(heroku, expectation, signal);
  return countDynos(dynos) === countDynos(expectation.dynos)
    ? health
    : waitUntilHealthy(heroku, { ...expectation, dynos }, emit, signal);
}

/** Returns the expected dynos without those that a person or an autoscaler has taken away since. */
async function countsLeft(
  heroku: HerokuClient,
  { app, dynos }: Expectation,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number>>> {
  try {
    const formation = await heroku.formation.list(app, signal ? { signal } : {});
    const quantities = new Map(formation.map(({ type, quantity }) => [type, quantity]));
    return Object.fromEntries(
      Object.entries(dynos).map(([type, count]) => [type, Math.min(count, quantities.get(type) ?? 0)]),
    );
  } catch {
    // The verdict stands, also if the deploy is canceled in the meantime.
    return dynos;
  }
}

async function waitForDynos(
  heroku: HerokuClient,
  expectation: Expectation,
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<Health> {
  const { dynos, marker, holdSeconds, successes, overlapSeconds } = expectation;
  const expected = countDynos(dynos);
  if (expected === 0) return { kind: 'nothing-to-check' };
  const responds = respondsOf(expectation);
  const started = now();
  const deadline = started + expectation.health.timeoutSeconds + overlapSeconds;
  const notBefore = marker && responds ? started : started + overlapSeconds;
  let healthy: { readonly since: number; count: number } | undefined;
  let lastMaintenance = Number.NEGATIVE_INFINITY;
  for (let pause = firstPollSeconds; ; pause = Math.min(pause * 1.5, longestPollSeconds)) {
    const look = await lookOnce(heroku, expectation, signal);
    emit({ type: 'health', up: look.up, expected, observation: look.text });
    if (look.kind === 'replaced') return { kind: 'replaced', by: look.version };
    if (look.kind === 'failed') return { kind: 'unhealthy', reason: look.text };
    if (look.kind === 'healthy' && now() >= notBefore) {
      healthy ??= { since: now(), count: 0 };
      healthy.count += 1;
      if (healthy.count >= (responds ? successes : 1) && now() - healthy.since >= holdSeconds) {
        return { kind: 'healthy', dynos, responded: responds, versionProven: responds && marker !== undefined };
      }
    } else healthy = undefined;
    if (look.kind === 'maintenance') {
      lastMaintenance = now();
      if (now() >= deadline) throw maintenanceError(expectation);
    } else if (now() >= Math.max(deadline, lastMaintenance + expectation.health.timeoutSeconds) && !healthy) {
      return { kind: 'unhealthy', reason: look.text };
    }
    const hurried = Math.max(0.05, holdSeconds / Math.max(successes, 1));
    await wait(healthy ? Math.min(pause, hurried) : pause, signal);
  }
}

function respondsOf({ url, dynos }: Expectation): boolean {
  return url !== null && (dynos['web'] ?? 0) > 0;
}

async function lookOnce(
  heroku: HerokuClient,
  expectation: Expectation,
  signal: AbortSignal | undefined,
): Promise<Look> {
  const dynos = await heroku.dynos.list(expectation.app, signal ? { signal } : {});
  return judgeNow(heroku, dynos, expectation, signal);
}

/** Judges dynos that were just listed and, if they are well, what the app's URL responds. */
export async function judgeNow(
  heroku: HerokuClient,
  dynos: readonly Dyno[],
  expectation: Expectation,
  signal: AbortSignal | undefined,
): Promise<Look> {
  const look = judgeDynos(dynos, expectation);
  const { url } = expectation;
  if (look.kind !== 'healthy' || url === null || !respondsOf(expectation)) return look;
  const { status, problem } = await checkResponse(heroku, { ...expectation, url }, signal);
  if (status === maintenanceStatus && (await isInMaintenance(heroku, expectation, signal))) {
    return { kind: 'maintenance', up: look.up, text: 'maintenance mode is on' };
  }
  return problem === undefined ? look : { kind: 'pending', up: look.up, text: problem };
}

async function isInMaintenance(
  heroku: HerokuClient,
  { app }: Expectation,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (await heroku.apps.get(app, signal ? { signal } : {})).maintenance;
}

function maintenanceError({ app, version }: Expectation): DeployError {
  return new DeployError(
    'APP_NOT_READY',
    `${app} is in maintenance mode, so v${version} can't be verified. Turn it off with: heroku maintenance:off -a ${app}`,
  );
}
