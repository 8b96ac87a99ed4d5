import type { DeployPlan } from '../plan/plan.ts';
import { concludeRollback } from './conclude-rollback.ts';
import { concludeStop } from './conclude-stop.ts';
import { concludeRivals } from './conclude-rivals.ts';
import { type Conclusion, end, goOn } from './conclusion.ts';
import {
  createdRelease,
  type Health,
  mayRun,
  type Observations,
  ownReleases,
  unremovedTypes,
  verdictOf,
  versionOf,
} from './observations.ts';
import {
  describeDynos,
  describeHealth,
  goBackAdvice,
  hasIdleWeb,
  idleWeb,
  imageText,
  keptByPhase,
  placeOf,
  runsAnImage,
  stillRunning,
  tozoCommand,
} from './sentences.ts';
import { canUndoConfigVars, canUndoKilledConfigVars, continuesKilledDeploy } from './undo.ts';

/**
 * Returns what follows from everything observed so far: the next step, or how the deploy ends. Pure: a deploy is a loop that
 * carries out the next step, adds what it observed, and concludes again.
 */
export function conclude(plan: DeployPlan, seen: Observations): Conclusion {
  if (seen.rollback) return concludeRollback(plan, seen);
  if (seen.stopped) return concludeStop(plan, seen);
  return (
    concludeFailedRelease(plan, seen) ??
    concludeRivals(plan, seen) ??
    nextChange(plan, seen) ??
    concludeIgnoredImages(plan, seen) ??
    concludeIgnoredConfigVars(plan, seen) ??
    concludeVerdict(plan, seen)
  );
}

/** A release that failed never runs. */
function concludeFailedRelease(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  const [image, config] = [createdRelease(seen.image), createdRelease(seen.config)];
  const failed = [image, config].find((release) => release !== undefined && !mayRun(release));
  if (!failed) return undefined;
  const reason = `release v${failed.version} of ${plan.app} ended as "${failed.status}": its release phase failed`;
  return failed === image
    ? concludeNotReleased(plan, seen, 'RELEASE_FAILED', reason, fixReleasePhase)
    : end('failed', `FAILED ${plan.app}: ${stillRunning(plan, seen)}: ${reason}`, {
        error: {
          code: 'RELEASE_FAILED',
          message: `${reason}, so ${varNames(plan)} isn't in effect. ${fixReleasePhase}`,
        },
        next: fixReleasePhase,
      });
}

const fixReleasePhase = `Fix the error in its output above and deploy again. ${keptByPhase}`;

/** Config vars and images are one deploy: if the images aren't released, the config vars go back too. */
function concludeNotReleased(
  plan: DeployPlan,
  seen: Observations,
  code: string,
  reason: string,
  next: string,
): Conclusion {
  if (canUndoConfigVars(plan, seen) || canUndoKilledConfigVars(plan, seen)) {
    return goOn({ step: 'rollback', cause: { kind: 'not-released', code, reason } });
  }
  const runs = runsAnImage(plan, seen);
  const kept = createdRelease(seen.config)
    ? `${runs ? ' with' : ', and no image runs with'} the new values of ${varNames(plan)}`
    : '';
  return end('failed', `FAILED ${plan.app}: ${stillRunning(plan, seen)}${kept}: ${reason}`, {
    error: { code, message: `${reason}. ${next}` },
    next,
  });
}

/** The next change, in order: images into the registry, config vars, images released. */
function nextChange(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  if (!seen.pushed && plan.images.some(({ pushed }) => !pushed)) return goOn({ step: 'push' });
  if (!seen.config && plan.configVars.set.length > 0) return goOn({ step: 'config' });
  if (!seen.image && (plan.release.needed || plan.scale.length > 0)) return goOn({ step: 'release' });
  return undefined;
}

/**
 * Heroku creates no release of images that it regards as released. Usually they run already. After a failed release phase
 * they never ran, so only a proof by the app itself counts.
 */
function concludeIgnoredImages(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  if (seen.image !== 'none' || !plan.release.needed || mayAlreadyRun(plan, seen)) return undefined;
  const reason = `Heroku created no release of ${plan.app}, because it treats ${imageText(plan)} as already released, as after a failed release phase`;
  const from = plan.build.imagesFrom?.environment;
  const next = from
    ? `Heroku needs a new image: deploy to ${from} with --again, which creates a new image ID for the same files, and promote again.`
    : 'Deploy again with --again, which creates a new image ID for the same files.';
  return concludeNotReleased(plan, seen, 'RELEASE_FAILED', reason, next);
}

/** Whether the images run, or can still be found to run. */
function mayAlreadyRun(plan: DeployPlan, seen: Observations): boolean {
  if (plan.images.some(({ running, imageId }) => running !== undefined && running !== imageId)) return false;
  const { newest } = seen.before;
  if (!newest || mayRun(newest)) return true;
  if (!plan.rollbackTarget || plan.verify.by !== 'marker') return false;
  const verdict = verdictOf(seen);
  return verdict?.kind === 'healthy' ? verdict.versionProven : verdict === undefined;
}

/**
 * Heroku keeps the values of a failed release as the app's config vars, but what runs doesn't have them, and setting them
 * again creates no release.
 */
function concludeIgnoredConfigVars(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  const names = plan.configVars.notInEffect.join(', ');
  if (names === '' || seen.config !== 'none' || createdRelease(seen.image)) return undefined;
  const reason = `${names} isn't in effect, because the release that set it failed, and Heroku creates no release for values that it has stored`;
  const next = 'Deploy again with --again, which releases them with a new image ID.';
  return end('failed', `FAILED ${plan.app}: ${stillRunning(plan, seen)}: ${reason}`, {
    error: { code: 'RELEASE_FAILED', message: `${reason}. ${next}` },
    next,
  });
}

function concludeVerdict(plan: DeployPlan, seen: Observations): Conclusion {
  const verdict = verdictOf(seen);
  if (!verdict) return goOn({ step: 'verify' });
  switch (verdict.kind) {
    case 'replaced':
      return concludeSuperseded(
        `SUPERSEDED ${plan.app}: v${verdict.by} replaced v${versionOf(seen)}`,
        'Deploy again if this version should still go live.',
      );
    case 'unhealthy':
      return concludeUnhealthy(plan, seen, verdict.reason);
    case 'healthy':
    case 'nothing-to-check':
      return concludeGood(plan, seen, verdict);
  }
}

function concludeUnhealthy(plan: DeployPlan, seen: Observations, reason: string): Conclusion {
  const version = versionOf(seen);
  if (ownReleases(seen).length === 0 && !continuesKilledDeploy(plan)) {
    const message = `v${version} of ${plan.app} already runs this image and is unhealthy: ${reason}`;
    const state =
      plan.scale.length > 0
        ? `${placeOf(plan)} RUNS v${version} with other dyno counts, WHICH IS UNHEALTHY`
        : `UNCHANGED v${version}  ${imageText(plan)}, BUT UNHEALTHY`;
    return end('broken', `${state}: ${reason}`, {
      error: { code: 'UNHEALTHY', message },
      next: seen.before.hasEarlierImages
        ? `Fix the cause, or return to an earlier release: ${tozoCommand('status --history', plan)}, ${tozoCommand('rollback vN', plan)}.`
        : 'Fix the cause and deploy again.',
    });
  }
  if (plan.rollback === 'auto' && plan.rollbackTarget) {
    return goOn({ step: 'rollback', cause: { kind: 'unhealthy', reason } });
  }
  const why = plan.rollbackTarget
    ? `Not rolled back: deploy.json says "rollback": "never"`
    : 'Not rolled back: nothing ran before';
  return end('broken', `${placeOf(plan)} RUNS v${version}, WHICH IS UNHEALTHY: ${reason}. ${why}`, {
    error: { code: 'UNHEALTHY', message: `v${version} of ${plan.app} is unhealthy: ${reason}` },
    next: goBackAdvice(plan),
  });
}

function concludeGood(
  plan: DeployPlan,
  seen: Observations,
  verdict: Health & { kind: 'healthy' | 'nothing-to-check' },
): Conclusion {
  const version = versionOf(seen);
  if (seen.changedConfigVars?.length) {
    const names = seen.changedConfigVars.join(', ');
    return concludeSuperseded(
      `${placeOf(plan)} RUNS v${version} WITH SOMEONE ELSE'S VALUES: someone else changed ${names} during this deploy. v${version} is this version and is ${describeHealth(verdict)}`,
      'Deploy again to set the declared values.',
    );
  }
  if (plan.removals.length > 0 && !seen.removal) return goOn({ step: 'remove', types: plan.removals });
  const left = unremovedTypes(plan, seen).join(', ');
  const removeAgain = left === '' ? {} : { next: `Deploy again to remove ${left}.` };
  const hasChanged = ownReleases(seen).length > 0 || plan.scale.length > 0 || seen.removal !== undefined;
  if (!hasChanged) {
    const state = verdict.kind === 'healthy' ? (hasIdleWeb(verdict) ? idleWeb : 'healthy') : 'no dyno is set to run';
    const what = [`v${version}`, imageText(plan)].filter((part) => part !== '').join('  ');
    return end('unchanged', `UNCHANGED ${what}: 0 bytes sent, no release, no restart; ${state}`);
  }
  if (verdict.kind === 'nothing-to-check') {
    const start = `Start dynos: heroku ps:scale web=1 -a ${plan.app}`;
    return end('deployed', `RELEASED v${version}: no dyno is set to run, so nothing was checked`, {
      next: left === '' ? start : `${removeAgain.next} ${start}`,
    });
  }
  if (verdict.responded) return end('deployed', `LIVE v${version}  ${plan.url!}`, removeAgain);
  const unchecked = hasIdleWeb(verdict) ? idleWeb : 'there is no URL to check';
  return end('deployed', `RELEASED v${version}: ${describeDynos(verdict.dynos)} up; ${unchecked}`, removeAgain);
}

function concludeSuperseded(text: string, next: string): Conclusion {
  return end('superseded', text, { error: { code: 'SUPERSEDED', message: text }, next });
}

function varNames({ configVars }: DeployPlan): string {
  return configVars.set.join(', ');
}
