import type { Release } from '@tozo/heroku-client';
import type { End } from '../outcome/conclusion.ts';
import { isPending, mayRun, rivalReleases, type Stopped } from '../outcome/observations.ts';
import {
  describeHealth,
  describeLoudly,
  describeRival,
  hasIdleWeb,
  idleWeb,
  keptByPhase,
  placeOf,
  tozoCommand,
} from '../outcome/sentences.ts';
import { describeMissingDynos } from '../steps/missing-dynos.ts';
import { isAlreadyThere, type RollbackPlan } from './plan.ts';
import type { RollbackSeen } from './seen.ts';

/** What a rollback does next, or how it ends. */
export type RollbackConclusion =
  { readonly kind: 'next'; readonly next: 'go-back' | 'verify' } | { readonly kind: 'end'; readonly end: End };

/** Returns what follows from everything observed so far. Pure. A rollback goes back once: what fails is for a person. */
export function concludeRollback(plan: RollbackPlan, seen: RollbackSeen): RollbackConclusion {
  const { rollback, stopped } = seen;
  if (!rollback) {
    return stopped ? { kind: 'end', end: endBeforeRollback(plan.app, stopped) } : concludeStart(plan, seen);
  }
  const { release } = rollback;
  const [rival] = rivalReleases(seen);
  if (rival && rival.version > (release?.version ?? 0)) return concludeRivalOnTop(plan, seen, rival);
  if (!release) return concludeNoRelease(plan, seen);
  if (isPending(release)) return concludePending(plan, seen, release);
  if (!mayRun(release)) {
    const reason = `the rollback v${release.version} ended as "${release.status}": its release phase failed`;
    return end('failed', `FAILED ${plan.app}: ${stillRuns(seen)}: ${reason}`, {
      error: { code: 'RELEASE_FAILED', message: reason },
      next: `Fix the error in its output above, or go back to another release: tozo status --history. ${keptByPhase}`,
    });
  }
  return concludeLive(plan, seen, release);
}

function concludeStart(plan: RollbackPlan, seen: RollbackSeen): RollbackConclusion {
  const [rival] = rivalReleases(seen);
  if (rival) {
    const text = `SUPERSEDED ${plan.app}: ${describeRival(rival)} in the meantime. Nothing was rolled back`;
    return end('superseded', text, {
      error: { code: 'SUPERSEDED', message: text },
      next: `Check v${rival.version}, and roll back again if you still need to.`,
    });
  }
  if (!isAlreadyThere(plan)) return { kind: 'next', next: 'go-back' };
  return end('unchanged', `UNCHANGED v${plan.from!.version}: ${sameAs(plan, seen)}; no release, no restart`);
}

function sameAs({ from, target }: RollbackPlan, { missing = [] }: RollbackSeen): string {
  const isTarget = from!.version === target.version;
  if (missing.length === 0) return isTarget ? 'it runs already' : `it runs what v${target.version} ran`;
  return `${isTarget ? 'it runs already' : `its images are v${target.version}'s`}, but ${describeMissingDynos(missing)}`;
}

/** Returns how a rollback ends that stops before it requests anything. */
export function endBeforeRollback(app: string, { kind, code, message }: Stopped): End {
  const nothing = 'nothing was rolled back';
  return kind === 'cancelled'
    ? { outcome: 'cancelled', text: `CANCELLED ${app}: ${nothing}`, error: { code, message: nothing } }
    : { outcome: 'failed', text: `FAILED ${app}: ${nothing}: ${message}`, error: { code, message } };
}

function concludeRivalOnTop(plan: RollbackPlan, { rollback }: RollbackSeen, rival: Release): RollbackConclusion {
  const ours = rollback?.release ? `, on top of the rollback v${rollback.release.version}` : '';
  const state = isPending(rival) ? 'will run if it succeeds' : 'runs now';
  const text = `SUPERSEDED ${plan.app}: ${describeRival(rival)}${ours}. v${rival.version} ${state}. It was not undone`;
  return end('superseded', text, { error: { code: 'SUPERSEDED', message: text }, next: checkIt(plan) });
}

function concludeNoRelease(plan: RollbackPlan, seen: RollbackSeen): RollbackConclusion {
  const { problem = 'Heroku created no release', refused } = seen.rollback!;
  const { version } = plan.target;
  if (seen.stopped?.kind === 'cancelled') {
    const text = `CANCELLED ${plan.app}: ${stillRuns(seen)}, but the rollback to v${version} may still take effect`;
    return end('cancelled', text, { error: { code: 'CANCELLED', message: text }, next: checkIt(plan) });
  }
  if (refused) {
    return end(
      'failed',
      `FAILED ${plan.app}: ${stillRuns(seen)}: the rollback to v${version} was refused: ${problem}`,
      {
        error: { code: 'ROLLBACK_IMPOSSIBLE', message: problem },
        next:
          plan.way === 'rollback'
            ? `Release its images instead: ${tozoCommand(`rollback v${version} --keep-config`, plan)}. Or deploy its commit again.`
            : 'Deploy its commit again.',
      },
    );
  }
  return end('broken', `UNKNOWN whether ${plan.app} was rolled back to v${version}: ${problem}. ${stillRuns(seen)}`, {
    error: { code: seen.stopped?.code ?? 'UNKNOWN', message: problem },
    next: checkIt(plan),
  });
}

function concludePending(plan: RollbackPlan, seen: RollbackSeen, { version, status }: Release): RollbackConclusion {
  const state = `the rollback v${version} is ${status} and will go live if it succeeds; ${stillRuns(seen)} until then`;
  const error = { code: seen.stopped?.code ?? 'UNKNOWN', message: state };
  return seen.stopped?.kind === 'cancelled'
    ? end('cancelled', `CANCELLED ${plan.app}: ${state}`, { error, next: checkIt(plan) })
    : end('broken', `UNKNOWN what ${plan.app} will run: ${state}`, { error, next: checkIt(plan) });
}

/** The rollback's release succeeded. */
function concludeLive(plan: RollbackPlan, seen: RollbackSeen, release: Release): RollbackConclusion {
  const { current, imageIds, missing = [], health, stopped } = seen;
  const hasRead = current !== undefined && (current.version >= release.version || !stopped || stopped.looked);
  const place = placeOf(plan);
  if (hasRead && current.version !== release.version) {
    const text = `${place} RUNS v${current.version}, although the rollback v${release.version} succeeded`;
    return end('broken', text, { error: { code: 'UNKNOWN', message: text }, next: checkIt(plan) });
  }
  const wanted = imageText(plan.target.imageIds);
  const found = hasRead && imageIds ? imageText(imageIds) : undefined;
  if (found !== undefined && found !== wanted) {
    const text = `${place} RUNS v${release.version} with ${found}, but v${plan.target.version} ran ${wanted}`;
    return end('broken', text, { error: { code: 'UNKNOWN', message: text }, next: checkIt(plan) });
  }
  const not = plan.from && plan.from.version !== plan.target.version ? `, NOT v${plan.from.version}` : '';
  const version = `RUNS v${release.version} = v${plan.target.version}${found ? `'s ${found}` : ''}${not}`;
  const runs = `${place} ${version}`;
  if (!health) {
    if (!stopped) return { kind: 'next', next: 'verify' };
    const isCancelled = stopped.kind === 'cancelled';
    const text = isCancelled ? `${version}, NOT VERIFIED` : `${runs}, NOT VERIFIED: ${stopped.message}`;
    const details = { error: { code: stopped.code, message: text }, next: checkIt(plan) };
    return isCancelled ? end('cancelled', `CANCELLED ${plan.app}: ${text}`, details) : end('broken', text, details);
  }
  if (health.kind === 'unhealthy' || health.kind === 'replaced') {
    const text = `${runs}, WHICH IS ${describeLoudly(health)}`;
    return end('broken', text, {
      error: { code: 'UNHEALTHY', message: `v${release.version} of ${plan.app} is ${describeHealth(health)}` },
      next: `Go back to another release: ${tozoCommand('status --history', plan)}, ${tozoCommand('rollback vN', plan)}.`,
    });
  }
  const [rival] = rivalReleases(seen);
  if (rival) {
    const text = `${runs}, ON TOP OF SOMEONE ELSE'S v${rival.version}: ${describeRival(rival)} at the same time`;
    return end('superseded', text, {
      error: { code: 'SUPERSEDED', message: text },
      next: `To return to v${rival.version}: ${tozoCommand(`rollback v${rival.version}`, plan)}.`,
    });
  }
  if (health.kind === 'nothing-to-check') {
    return end('deployed', `${runs}; no dyno is set to run, so nothing was checked`, {
      next: `Start dynos: heroku ps:scale web=1 -a ${plan.app}`,
    });
  }
  const isUnsaid = hasIdleWeb(health) && missing.every(({ type }) => type !== 'web');
  const notes = [...(missing.length > 0 ? [describeMissingDynos(missing)] : []), ...(isUnsaid ? [idleWeb] : [])];
  return end('deployed', [runs, ...notes].join('; '));
}

/** `image 142013fe2b5c`; an empty string if no release names it. */
function imageText(imageIds: readonly string[]): string {
  return imageIds.length > 0 ? `image ${imageIds.join(', ')}` : '';
}

function checkIt(plan: RollbackPlan): string {
  return `Check it: ${tozoCommand('status', plan)}`;
}

function stillRuns({ current }: RollbackSeen): string {
  return current ? `v${current.version} is still running` : 'what runs is unknown';
}

function end(outcome: End['outcome'], text: string, details: Pick<End, 'error' | 'next'> = {}): RollbackConclusion {
  return { kind: 'end', end: { outcome, text, ...details } };
}
