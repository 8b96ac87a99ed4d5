import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { Emit } from '../report/events.ts';
import type { DeployReport } from '../report/report.ts';
import type { Deployment } from './deployment.ts';
import { type Expectation, waitUntilHealthy } from './health.ts';
import { followRelease } from './release.ts';

const shownLogLines = 20;

/** Handles an unhealthy version: shows its log, rolls back once if the policy allows it, and reports what runs now. */
export async function rollBackStep(
  deployment: Deployment,
  release: Release,
  expectation: Expectation,
  reason: string,
): Promise<DeployReport> {
  const { run, services, plan, current } = deployment;
  await showLog(deployment);
  const error = { code: 'UNHEALTHY', message: `v${release.version} of ${plan.app} is unhealthy: ${reason}` };
  const broken = (why: string): DeployReport =>
    run.report('broken', `PRODUCTION RUNS v${release.version}, WHICH IS UNHEALTHY (${reason}). ${why}`, { error });

  if (plan.rollback === 'never') return broken('Not rolled back: deploy.json says "rollback": "never"');
  const target = Object.keys(current.formation).length > 0 ? current.release : undefined;
  if (!target) return broken('Not rolled back: no earlier release ran an image');
  const result = await run.step(
    'rollback',
    () => rollBack(services.heroku, target, expectation, run.emit),
    (done) => (done.kind === 'rolled-back' ? `v${done.release.version} = v${target.version}` : done.reason),
    (done) => (done.kind === 'rolled-back' ? undefined : done.reason),
  );
  if (result.kind === 'not-rolled-back') return broken(`The rollback failed: ${result.reason}`);
  run.recordRelease(result.release);
  if (plan.configVars.set.length > 0) {
    run.warn(`The rollback restored v${target.version}'s values of the config vars ${plan.configVars.set.join(', ')}.`);
  }
  const text = `PRODUCTION RUNS v${result.release.version} = v${target.version}, NOT v${release.version}: ${reason}`;
  return run.report('rolled-back', text, { error });
}

type RollbackResult =
  | { readonly kind: 'rolled-back'; readonly release: Release }
  | { readonly kind: 'not-rolled-back'; readonly reason: string };

/**
 * Rolls back with Heroku's rollback, to the release that was current before the deploy's first one, config vars included.
 * Waits until its dynos are up. A failed rollback is a result, not an error, because the deploy has failed anyway.
 */
async function rollBack(
  heroku: HerokuClient,
  target: Release,
  expectation: Expectation,
  emit: Emit,
): Promise<RollbackResult> {
  try {
    const result = await heroku.rollback(expectation.app, target.id, {});
    const release = await followRelease(heroku, expectation.app, result.release, emit);
    const { marker: _, ...earlier } = expectation;
    const health = await waitUntilHealthy(heroku, { ...earlier, version: release.version }, emit);
    if (health.kind !== 'unhealthy') return { kind: 'rolled-back', release };
    return { kind: 'not-rolled-back', reason: `v${release.version} is unhealthy too: ${health.reason}` };
  } catch (error) {
    return { kind: 'not-rolled-back', reason: (error as Error).message };
  }
}

/** A version that doesn't start usually logs why. */
async function showLog({ run, services, plan }: Deployment): Promise<void> {
  try {
    for (const line of await services.heroku.logs.recent(plan.app, { lines: shownLogLines, ...run.options })) {
      run.emit({ type: 'dyno-output', line });
    }
  } catch (error) {
    run.warn(`The app's log couldn't be read: ${(error as Error).message}`);
  }
}
