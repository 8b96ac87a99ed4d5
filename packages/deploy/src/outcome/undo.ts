import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { createdRelease, mayRun, type Observations, ownReleases, rivalReleases } from './observations.ts';

/** Returns whether this deploy's release of config vars runs, and going back would undo nothing else. */
export function canUndoConfigVars(plan: DeployPlan, seen: Observations): boolean {
  const config = createdRelease(seen.config);
  return config !== undefined && seen.current?.version === config.version && mayGoBack(plan, seen);
}

/** Returns whether the config vars run that an earlier run of this deploy set before it was killed. */
export function canUndoKilledConfigVars(plan: DeployPlan, seen: Observations): boolean {
  const { current } = seen;
  const isChange = current !== undefined && parseReleaseDescription(current.description).kind === 'change';
  return isChange && continuesKilledDeploy(plan) && mayGoBack(plan, seen);
}

/** Returns whether an earlier run of this deploy was killed, and what it released hasn't been verified. */
export function continuesKilledDeploy({ rollbackTarget, currentRelease }: DeployPlan): boolean {
  return rollbackTarget !== undefined && rollbackTarget.version < currentRelease!;
}

/**
 * Returns the release whose version this deploy judges, and goes back from if it's unhealthy: its own newest one that runs, or
 * that of the killed deploy that it continues.
 */
export function judgedRelease(plan: DeployPlan, { rollback: _, ...seen }: Observations): Release | undefined {
  return ownReleases(seen).findLast(mayRun) ?? (continuesKilledDeploy(plan) ? seen.before.current : undefined);
}

function mayGoBack(plan: DeployPlan, seen: Observations): boolean {
  return plan.rollback === 'auto' && plan.rollbackTarget !== undefined && rivalReleases(seen).length === 0;
}
