import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { End } from '../outcome/conclusion.ts';
import { rivalReleases, type RollbackResult } from '../outcome/observations.ts';
import type { Services } from '../services.ts';
import { readReleases } from '../state/releases.ts';
import { goBack } from '../steps/go-back.ts';
import { waitUntilHealthy } from '../steps/health.ts';
import { lookOnceMore } from '../steps/look.ts';
import { previousExpectation, previousSummary } from '../steps/previous-expectation.ts';
import { overlapSecondsOf, problemOf } from '../steps/verify.ts';
import { concludeRollback } from './conclude.ts';
import type { RollbackPlan } from './plan.ts';
import type { RollbackRun } from './run.ts';

/** Takes one step after another, until what was observed leaves nothing to do. Returns how the rollback ends. */
export async function carryOutRollback(run: RollbackRun, plan: RollbackPlan, { heroku }: Services): Promise<End> {
  for (;;) {
    const conclusion = concludeRollback(plan, run.seen);
    if (conclusion.kind === 'end') return conclusion.end;
    try {
      await (conclusion.next === 'go-back' ? goBackStep(run, plan, heroku) : verifyStep(run, plan, heroku));
      run.signal?.throwIfAborted();
    } catch (error) {
      await lookOnceMore(run, error, (signal) => look(run, plan, heroku, signal));
    }
  }
}

async function goBackStep(run: RollbackRun, plan: RollbackPlan, heroku: HerokuClient): Promise<void> {
  const { app, target, way } = plan;
  await look(run, plan, heroku);
  if (rivalReleases(run.seen).length > 0) return;
  const started: RollbackResult = { target: { id: target.id, version: target.version }, way };
  await goBack(run, started, {
    heroku,
    app,
    request: (signal) => requestRelease(run, plan, heroku, signal),
    onObserved: (rollback) => run.note({ rollback }),
  });
  if (!run.signal?.aborted) await look(run, plan, heroku);
}

async function requestRelease(
  run: RollbackRun,
  { app, target, way, images }: RollbackPlan,
  heroku: HerokuClient,
  signal: AbortSignal,
): Promise<Release | undefined> {
  const options = { signal, newestKnown: run.seen.others[0]?.version ?? run.seen.before.newest?.version ?? 0 };
  const updates = Object.entries(images).map(([type, dockerImage]) => ({ type, dockerImage }));
  const result =
    way === 'rollback'
      ? await heroku.rollback(app, target.id, options)
      : await heroku.releaseImages(app, updates, options);
  return result.outcome === 'released' ? result.release : undefined;
}

/** Waits until the version that was gone back to is healthy, then reads once more what runs. */
async function verifyStep(run: RollbackRun, plan: RollbackPlan, heroku: HerokuClient): Promise<void> {
  const formation = await heroku.formation.list(plan.app, run.options);
  run.noteFormation(plan, formation);
  const expectation = previousExpectation({
    app: plan.app,
    version: run.seen.rollback!.release!.version,
    url: plan.url ?? null,
    formation,
    record: plan.record,
    overlapSeconds: plan.preboot ? overlapSecondsOf(run.request) : 0,
  });
  const health = await run.step(
    'verify',
    () => waitUntilHealthy(heroku, expectation, run.emit, run.signal),
    (seen) => previousSummary(seen, expectation),
    problemOf,
  );
  run.note({ health });
  await look(run, plan, heroku);
}

async function look(run: RollbackRun, { app }: RollbackPlan, heroku: HerokuClient, signal = run.signal): Promise<void> {
  run.observe(await readReleases(heroku, app, signal ? { signal } : {}));
}
