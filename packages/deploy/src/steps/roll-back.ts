import { HerokuError, type Release } from '@tozo/heroku-client';
import { defaultHealthCheck } from '../config/schema.ts';
import type { Health, RollbackCause, RollbackObservation } from '../outcome/observations.ts';
import { isCertainRefusal } from '../outcome/refusals.ts';
import { describeDynos } from '../outcome/sentences.ts';
import type { Deployment } from './deployment.ts';
import { failureOf, followRelease } from './follow-release.ts';
import { type Expectation, waitUntilHealthy } from './health.ts';
import { lookAtReleases, newestKnown } from './look.ts';
import { overlapSecondsOf, problemOf } from './verify.ts';

/** Seconds that a rollback request may still take after a signal: a lost one may have happened. */
const graceMs = 2000;

/**
 * Goes back with Heroku's rollback, to the release that was current before the deploy's first one, config vars included. A
 * rollback that fails is an observation, not an error, because the deploy has failed anyway.
 */
export async function rollBackStep(deployment: Deployment, cause: RollbackCause): Promise<void> {
  const { run, services, plan } = deployment;
  const target = plan.rollbackTarget!;
  run.resume();
  await goBack(deployment, { cause, target, way: 'rollback' }, async (signal) => {
    const { release } = await services.heroku.rollback(plan.app, target.id, { signal });
    return release;
  });
}

/** Releases the images that ran before, after Heroku refused the rollback. Config vars keep their new values. */
export async function releasePreviousStep(deployment: Deployment): Promise<void> {
  const { run, services, plan } = deployment;
  const { cause, target, problem } = run.seen.rollback!;
  if (problem !== undefined) run.warn(`Heroku refused the rollback to v${target.version}: ${problem}`);
  const updates = plan.images.flatMap(({ type, running }) => (running ? [{ type, dockerImage: running }] : []));
  await goBack(deployment, { cause, target, way: 'images' }, async (signal) => {
    const options = { signal, newestKnown: newestKnown(deployment) };
    const result = await services.heroku.releaseImages(plan.app, updates, options);
    return result.outcome === 'released' ? result.release : undefined;
  });
}

async function goBack(
  deployment: Deployment,
  started: RollbackObservation,
  request: (signal: AbortSignal) => Promise<Release | undefined>,
): Promise<void> {
  const { run, services, plan } = deployment;
  const { target } = started;
  let rollback = started;
  run.note({ rollback });
  const work = async (): Promise<RollbackObservation> => {
    try {
      const release = await request(delayedSignal(run.signal, graceMs));
      if (!release) return { ...rollback, refused: true, problem: 'Heroku created no release' };
      run.note({ rollback: (rollback = { ...rollback, release }) });
      const final = await followRelease(services.heroku, plan.app, release, run.emit, run.signal);
      return { ...rollback, release: final };
    } catch (error) {
      const refused = error instanceof HerokuError && isCertainRefusal(error.code);
      return { ...rollback, refused, problem: (error as Error).message };
    }
  };
  rollback = await run.step(
    'rollback',
    work,
    ({ release }) => `v${release!.version} = v${target.version}`,
    ({ release, problem }) => problem ?? (release && failureOf(release)),
  );
  run.note({ rollback });
  await lookAtReleases(deployment);
}

/** Waits until the version that was gone back to is healthy, judged by its own deploy's record. */
export async function verifyRollbackStep(deployment: Deployment): Promise<void> {
  const { run, services } = deployment;
  const { rollback } = run.seen;
  const release = rollback!.release!;
  const expectation = await previousExpectation(deployment, release.version);
  const health = await run.step(
    'verify',
    () => waitUntilHealthy(services.heroku, expectation, run.emit, run.signal),
    (seen) => summary(seen, expectation),
    problemOf,
  );
  run.note({ rollback: { ...run.seen.rollback!, health } });
  await lookAtReleases(deployment);
}

async function previousExpectation({ run, services, plan, record }: Deployment, version: number): Promise<Expectation> {
  const formation = await services.heroku.formation.list(plan.app, run.options);
  const known =
    record !== undefined && plan.images.some(({ type, running }) => running && record.images[type] === running);
  const health = known ? record.health : defaultHealthCheck;
  const marker =
    known && record.versionHeader && record.marker ? { header: record.versionHeader, value: record.marker } : undefined;
  return {
    app: plan.app,
    version,
    url: plan.url ?? null,
    dynos: Object.fromEntries(
      formation.filter(({ type }) => type !== 'release').map(({ type, quantity }) => [type, quantity]),
    ),
    health: { ...defaultHealthCheck, ...health },
    anyResponse: !known,
    ...(marker ? { marker } : {}),
    overlapSeconds: plan.preboot ? overlapSecondsOf(run.request) : 0,
    holdSeconds: health.holdSeconds,
    successes: health.successes,
  };
}

function summary(health: Health, { anyResponse }: Expectation): string {
  if (health.kind !== 'healthy') return 'nothing to check: no dyno is set to run';
  const by = anyResponse && health.responded ? ', judged by any response below 500' : '';
  return `${describeDynos(health.dynos)}${by}`;
}

/** Returns a signal that aborts some time after another one. */
function delayedSignal(signal: AbortSignal | undefined, ms: number): AbortSignal {
  const delayed = new AbortController();
  const abort = (): void => void setTimeout(() => delayed.abort(signal?.reason), ms).unref();
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return delayed.signal;
}
