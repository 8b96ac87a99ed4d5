import type { Release } from '@tozo/heroku-client';
import type { CurrentState } from '../state/current-state.ts';
import { imagesOf } from '../state/image-release.ts';
import { interruptedBaseline } from '../state/interrupted.ts';
import type { DeployPlan } from './plan.ts';

const keptDays = 30;

/**
 * Returns the release to go back to: the one that was current before this deploy's first release, or before that of a killed
 * deploy, whose version nobody verified.
 * @param declared the config vars of deploy.json
 */
export function planRollbackTarget(
  current: CurrentState,
  declared: readonly string[],
): Pick<DeployPlan, 'rollbackTarget'> {
  const target = interruptedBaseline(current, declared) ?? current.release;
  if (!target || target === 'none' || imagesOf(current.releases, target).kind === 'none') return {};
  return { rollbackTarget: { id: target.id, version: target.version, ...keptUntil(target) } };
}

/** Heroku keeps a release's image for 30 days, and longer while the release is one of the last 20. */
function keptUntil({ createdAt }: Release): { keptUntil?: string } {
  const created = Date.parse(createdAt);
  return Number.isNaN(created) ? {} : { keptUntil: new Date(created + keptDays * 24 * 60 * 60 * 1000).toISOString() };
}
