import type { Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { type Conclusion, type End, end, goOn } from './conclusion.ts';
import {
  createdRelease,
  type Health,
  isPending,
  mayRun,
  type Observations,
  rivalReleases,
  type Stopped,
  unremovedTypes,
  verdictOf,
  versionOf,
} from './observations.ts';
import { asSentence, describeHealth, describeRival, goBackAdvice, stillRunning } from './sentences.ts';
import { isCertainRefusal } from './refusals.ts';
import { canUndoConfigVars } from './undo.ts';

/** Returns how a deploy ends that was canceled, or whose step threw: with the state as it was seen after that. */
export function concludeStop(plan: DeployPlan, seen: Observations): Conclusion {
  const stopped = seen.stopped!;
  const { code, message } = stopped;
  const released = releaseOfVersion(plan, seen);
  if (stopped.kind === 'failed' && !released && stopped.looked && canUndoConfigVars(plan, seen)) {
    return goOn({ step: 'rollback', cause: { kind: 'not-released', code, reason: message } });
  }
  const state = describeState(plan, seen, stopped, released);
  const advice = adviceFor(plan, seen, released);
  if (stopped.kind === 'cancelled') {
    return end('cancelled', `CANCELLED ${plan.app}: ${state}`, { error: { code, message: state }, ...advice });
  }
  const error = { code, message };
  const unknown = unknownAfter(plan, seen, released);
  if (unknown !== undefined) {
    return end('broken', `UNKNOWN ${unknown}: ${asSentence(message)} ${state}`, { error, ...advice });
  }
  return end('failed', `FAILED ${plan.app}: ${state}: ${message}`, { error, ...advice });
}

/** Returns what isn't known about the app after a step threw. Undefined if the new version doesn't run. */
function unknownAfter(plan: DeployPlan, seen: Observations, released: Release | undefined): string | undefined {
  const { app } = plan;
  const stopped = seen.stopped!;
  if (stopped.during === 'remove')
    return `whether the removal of ${unremovedTypes(plan, seen).join(', ')} from ${app} is complete`;
  if (released) return `whether v${released.version} of ${app} is healthy`;
  return !stopped.looked && mayHaveReleased(stopped) ? `what ${app} runs` : undefined;
}

/**
 * Returns the release that runs the new version, or will: of its images or, if these run already, of its config vars; after
 * that, of the removal of process types.
 */
function releaseOfVersion(plan: DeployPlan, { image, config, removal }: Observations): Release | undefined {
  const isConfigOnly = !plan.release.needed && (plan.scale.length === 0 || image !== undefined);
  const release = createdRelease(image) ?? (isConfigOnly ? createdRelease(config) : undefined);
  return [release, ...(removal?.releases ?? [])].findLast((own) => own !== undefined && mayRun(own));
}

function describeState(plan: DeployPlan, seen: Observations, stopped: Stopped, released: Release | undefined): string {
  const left = seen.removal && stopped.kind === 'cancelled' ? unremovedTypes(plan, seen) : [];
  const parts = [
    describeOwn(plan, seen, stopped, released),
    ...(left.length > 0 ? [`the removal of ${left.join(', ')} isn't complete`] : []),
    ...rivalReleases(seen).slice(0, 1).map(describeRival),
  ];
  return parts.join('; ');
}

function describeOwn(plan: DeployPlan, seen: Observations, stopped: Stopped, released: Release | undefined): string {
  const names = plan.configVars.set.join(', ');
  if (released) return describeReleased(seen, released);
  const config = createdRelease(seen.config);
  if (config && mayRun(config)) {
    const state = isPending(config) ? `is ${config.status} and will go live` : 'runs';
    const images = plan.rollbackTarget
      ? ' and the old images; the new images were not released'
      : '; no image was released';
    return `v${config.version} ${state} with the new values of ${names}${images}`;
  }
  const failed = createdRelease(seen.image) ?? config;
  if (failed) return `v${failed.version} ${failed.status}; ${stillRunning(plan, seen)}`;
  if (!mayHaveReleased(stopped)) return `nothing was released; ${stillRunning(plan, seen)}`;
  if (!stopped.looked) return `the releases of ${plan.app} couldn't be read after that`;
  return `nothing was released so far, but the last request may still take effect; ${stillRunning(plan, seen)}`;
}

function describeReleased(seen: Observations, released: Release): string {
  const { version, status } = released;
  if (isPending(released)) return `v${version} is ${status} and will go live if it succeeds`;
  const { health, stopped } = seen;
  if (health?.version === version) {
    const isNow = stopped!.looked && versionOf(seen) === version;
    return `v${version} ${isNow ? 'runs and is' : 'was'} ${describeHealth(health)}`;
  }
  return `v${version} runs and isn't verified${seen.lastLook ? `: ${seen.lastLook}` : ''}`;
}

/** Whether the step that didn't end had sent, or may have sent, a request that creates a release. */
function mayHaveReleased({ during, code }: Stopped): boolean {
  return (during === 'config' || during === 'release' || during === 'remove') && !isCertainRefusal(code);
}

/** Refusals of the deploy itself. Their messages say what to do. */
const ownRefusals: readonly string[] = ['NOT_PROVEN', 'PLAN_OUTDATED'];

function adviceFor(plan: DeployPlan, seen: Observations, released: Release | undefined): Pick<End, 'next'> {
  const { during, code } = seen.stopped!;
  if (during === 'remove') return { next: `Deploy again to remove ${unremovedTypes(plan, seen).join(', ')}.` };
  if (released) return { next: adviceAfter(plan, verdictOf(seen)) };
  if (ownRefusals.includes(code)) return {};
  const next =
    during === 'config' || during === 'release'
      ? `Check heroku releases -a ${plan.app}, and deploy again.`
      : 'Deploy again.';
  return { next };
}

function adviceAfter(plan: DeployPlan, verdict: Health | undefined): string {
  switch (verdict?.kind) {
    case 'unhealthy':
      return goBackAdvice(plan);
    case 'healthy':
    case 'nothing-to-check':
      return 'Deploy again to finish it.';
    case 'replaced':
    case undefined:
      return 'Deploy again to verify it.';
  }
}
