import type { ProcessType, Release } from '@tozo/heroku-client';
import type { RollbackCause, RollbackObservation } from '../outcome/observations.ts';
import { typesRunBy } from '../state/image-release.ts';
import { matchRecord, readAllRecords } from '../state/records/match-record.ts';
import type { Deployment } from './deployment.ts';
import { goBack } from './go-back.ts';
import { type Expectation, waitUntilHealthy } from './health.ts';
import { lookAtReleases, newestKnown } from './look.ts';
import { findMissingDynos, missingDynosWarning } from './missing-dynos.ts';
import { previousExpectation, previousSummary } from './previous-expectation.ts';
import { overlapSecondsOf, problemOf } from './verify.ts';

/**
 * Goes back with Heroku's rollback, to the release that was current before the deploy's first one, config vars included. A
 * rollback that fails is an observation, not an error, because the deploy has failed anyway.
 */
export async function rollBackStep(deployment: Deployment, cause: RollbackCause): Promise<void> {
  const { run, services, plan } = deployment;
  const target = plan.rollbackTarget!;
  run.resume();
  await goBackAndLook(deployment, { cause, target, way: 'rollback' }, async (signal) => {
    const options = { signal, newestKnown: newestKnown(deployment) };
    const result = await services.heroku.rollback(plan.app, target.id, options);
    return result.outcome === 'released' ? result.release : undefined;
  });
}

/** Releases the images that ran before, after Heroku refused the rollback. Config vars keep their new values. */
export async function releasePreviousStep(deployment: Deployment): Promise<void> {
  const { run, services, plan } = deployment;
  const { cause, target, problem } = run.seen.rollback!;
  if (problem !== undefined) run.warn(`Heroku refused the rollback to v${target.version}: ${problem}`);
  const updates = plan.images.flatMap(({ type, running }) => (running ? [{ type, dockerImage: running }] : []));
  await goBackAndLook(deployment, { cause, target, way: 'images' }, async (signal) => {
    const options = { signal, newestKnown: newestKnown(deployment) };
    const result = await services.heroku.releaseImages(plan.app, updates, options);
    return result.outcome === 'released' ? result.release : undefined;
  });
}

async function goBackAndLook(
  deployment: Deployment,
  started: RollbackObservation,
  request: (signal: AbortSignal) => Promise<Release | undefined>,
): Promise<void> {
  const { run, services, plan } = deployment;
  const onObserved = (rollback: RollbackObservation): void => run.note({ rollback });
  await goBack(run, started, { heroku: services.heroku, app: plan.app, request, onObserved });
  await lookAtReleases(deployment);
}

/** Waits until the version that was gone back to is healthy, judged by its own deploy's record. */
export async function verifyRollbackStep(deployment: Deployment): Promise<void> {
  const { run, services } = deployment;
  const { rollback } = run.seen;
  const expectation = await expectationOf(deployment, rollback!.release!.version);
  const health = await run.step(
    'verify',
    () => waitUntilHealthy(services.heroku, expectation, run.emit, run.signal),
    (seen) => previousSummary(seen, expectation),
    problemOf,
  );
  run.note({ rollback: { ...run.seen.rollback!, health } });
  await lookAtReleases(deployment);
}

/** Types that this deploy removed come back without their dynos, because Heroku's rollback sets no counts. */
function warnOfMissingDynos({ run, plan, current }: Deployment, formation: readonly ProcessType[]): void {
  const removed = Object.entries(current.formation).filter(([type]) => run.seen.removal?.removed.includes(type));
  for (const each of findMissingDynos(Object.fromEntries(removed), formation)) {
    run.warn(missingDynosWarning(plan.app, plan.rollbackTarget!.version, each));
  }
}

async function expectationOf(deployment: Deployment, version: number): Promise<Expectation> {
  const { run, services, plan, records, current } = deployment;
  const formation = await services.heroku.formation.list(plan.app, run.options);
  warnOfMissingDynos(deployment, formation);
  const target = current.releases.find(({ id }) => id === plan.rollbackTarget?.id);
  const record = target && matchRecord(await readAllRecords(records), current.releases, target);
  const ran = target && typesRunBy(current.releases, target, current.removals);
  return previousExpectation({
    app: plan.app,
    version,
    url: plan.url ?? null,
    formation: formation.filter(({ type }) => current.formation[type] !== undefined && (ran?.has(type) ?? true)),
    record,
    overlapSeconds: plan.preboot ? overlapSecondsOf(run.request) : 0,
  });
}
