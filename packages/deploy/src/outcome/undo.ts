import type { DeployPlan } from '../plan/plan.ts';
import { type Observations, rivalReleases } from './observations.ts';

/** Returns whether this deploy's release of config vars runs, and going back would undo nothing else. */
export function canUndoConfigVars(plan: DeployPlan, seen: Observations): boolean {
  const { config, current } = seen;
  const isLive = config !== undefined && config !== 'none' && current?.version === config.version;
  return isLive && plan.rollback === 'auto' && plan.rollbackTarget !== undefined && rivalReleases(seen).length === 0;
}
