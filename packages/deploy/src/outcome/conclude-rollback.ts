import type { Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { type Conclusion, end, goOn } from './conclusion.ts';
import {
  createdRelease,
  isPending,
  mayRun,
  type Observations,
  type RollbackObservation,
  rivalReleases,
} from './observations.ts';
import {
  asSentence,
  describeLoudly,
  describeRival,
  keptByPhase,
  placeOf,
  previousImageText,
  rollbackCommand,
  tozoCommand,
} from './sentences.ts';
import { continuesKilledDeploy, judgedRelease } from './undo.ts';

/** Returns what follows once this deploy has begun to roll back. It does so once: a failed rollback is for a person. */
export function concludeRollback(plan: DeployPlan, seen: Observations): Conclusion {
  const rollback = seen.rollback!;
  const { release, health } = rollback;
  const [rival] = rivalReleases(seen);
  if (rival && (!release || rival.version > release.version)) {
    const ours = release ? `, on top of the rollback v${release.version}` : '';
    const text = `SUPERSEDED ${plan.app}: ${reasonOf(rollback)}; then ${describeRival(rival)}${ours}. It was not undone`;
    return end('superseded', text, { error: errorOf(plan, seen), next: `Check v${rival.version}.` });
  }
  if (!release) return concludeNoRollback(plan, seen);
  if (isPending(release))
    return broken(plan, seen, `The rollback v${release.version} is ${release.status}${because(rollback)}`);
  if (!mayRun(release)) {
    return broken(
      plan,
      seen,
      `The rollback failed: v${release.version} ended as "${release.status}": its release phase failed`,
    );
  }
  if (!health && !rollback.problem && !seen.stopped) return goOn({ step: 'verify-rollback' });
  return concludeRolledBack(plan, seen);
}

function concludeNoRollback(plan: DeployPlan, seen: Observations): Conclusion {
  const rollback = seen.rollback!;
  const hasPrevious = !continuesKilledDeploy(plan) && plan.images.every(({ running }) => running !== undefined);
  if (
    !seen.stopped &&
    rollback.refused &&
    rollback.way === 'rollback' &&
    hasPrevious &&
    rollback.cause.kind === 'unhealthy'
  ) {
    return goOn({ step: 'release-previous' });
  }
  return broken(
    plan,
    seen,
    rollback.refused
      ? `The rollback was refused${because(rollback)}`
      : `The rollback's outcome is unknown${because(rollback)}`,
  );
}

/** The rollback's release runs. */
function concludeRolledBack(plan: DeployPlan, seen: Observations): Conclusion {
  const rollback = seen.rollback!;
  const { release, target, health, cause } = rollback;
  const bad = cause.kind === 'unhealthy' ? judgedRelease(plan, seen) : undefined;
  const not = bad ? `, NOT v${bad.version}` : '';
  const version = `RUNS v${release!.version} = ${previousImageText(plan, target.version)}${not}`;
  const runs = `${placeOf(plan)} ${version}`;
  const error = errorOf(plan, seen);
  if (!health) {
    const why = rollback.problem ?? (seen.stopped?.kind === 'failed' ? seen.stopped.message : undefined);
    const state = `${asSentence(cause.reason)} v${release!.version} IS NOT VERIFIED${why ? `: ${why}` : ''}`;
    const next = `Check it: ${tozoCommand('status', plan)}`;
    return seen.stopped?.kind === 'cancelled'
      ? end('cancelled', `CANCELLED ${plan.app}: ${version}: ${state}`, { error, next })
      : end('broken', `${runs}: ${state}`, { error, next });
  }
  if (health.kind === 'unhealthy' || health.kind === 'replaced') {
    return end('broken', `${runs}, WHICH IS ${describeLoudly(health)}`, {
      error,
      next: `Go back further: ${tozoCommand('status --history', plan)}, ${tozoCommand('rollback vN', plan)}.`,
    });
  }
  const [rival] = rivalReleases(seen);
  if (rival) return concludeUndoneRival(plan, seen, `${runs}: ${cause.reason}`, rival);
  if (cause.kind === 'unhealthy') {
    const next = `Fix the cause and deploy again.${ranReleasePhase(plan, seen) ? ` ${keptByPhase}` : ''}`;
    return end('rolled-back', `${runs}: ${cause.reason}`, { error, next });
  }
  const undone = createdRelease(seen.config)
    ? `the new values of ${plan.configVars.set.join(', ')} were undone`
    : 'the config vars of a deploy that was stopped before it ended were undone';
  return end(
    'failed',
    `FAILED ${plan.app}: v${release!.version} = ${previousImageText(plan, target.version)} runs, and ${undone}: ${cause.reason}`,
    {
      error,
      next: 'Fix the cause and deploy again.',
    },
  );
}

/** Returns whether a release of this deploy ran a release phase: that of config vars, that of images, or both. */
function ranReleasePhase(plan: DeployPlan, { config, image }: Observations): boolean {
  return (
    (plan.configVars.phase && createdRelease(config) !== undefined) ||
    (plan.release.phase && createdRelease(image) !== undefined)
  );
}

/** Heroku has no conditional rollback: someone else's release in the moment of the request is undone with this deploy's. */
function concludeUndoneRival(plan: DeployPlan, seen: Observations, runs: string, rival: Release): Conclusion {
  const text = `SUPERSEDED ${plan.app}: ${describeRival(rival)} just before the rollback, which undid it. ${runs}`;
  return end('superseded', text, {
    error: errorOf(plan, seen),
    next: `To return to v${rival.version}: ${tozoCommand(`rollback v${rival.version}`, plan)}`,
  });
}

function broken(plan: DeployPlan, seen: Observations, why: string): Conclusion {
  const { cause, target } = seen.rollback!;
  const current = seen.current ? `v${seen.current.version}` : 'an unknown release';
  const state =
    cause.kind === 'unhealthy' ? `${current}, WHICH IS UNHEALTHY: ${cause.reason}` : `${current}: ${cause.reason}`;
  return end('broken', `${placeOf(plan)} RUNS ${state}. ${why}`, {
    error: errorOf(plan, seen),
    next: `Roll back by hand: ${rollbackCommand(plan, target.version)}`,
  });
}

function because({ problem }: RollbackObservation): string {
  return problem ? `: ${problem}` : '';
}

function reasonOf({ cause }: RollbackObservation): string {
  return cause.kind === 'unhealthy' ? `the new version is unhealthy (${cause.reason})` : cause.reason;
}

function errorOf(plan: DeployPlan, seen: Observations): { code: string; message: string } {
  const { cause } = seen.rollback!;
  if (cause.kind === 'not-released') return { code: cause.code, message: cause.reason };
  const bad = judgedRelease(plan, seen);
  const name = bad ? `v${bad.version} of ${plan.app}` : plan.app;
  return { code: 'UNHEALTHY', message: `${name} is unhealthy: ${cause.reason}` };
}
