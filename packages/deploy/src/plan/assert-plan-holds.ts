import { DeployError } from '../errors.ts';
import type { DeployPlan } from './plan.ts';
import { planDifferences } from './plan-differences.ts';
import type { SavedPlan } from './plan-file.ts';

const shownDifferences = 10;

/**
 * Checks that a deploy would do now exactly what a saved plan says.
 * @param commit the deployed one. It counts when the plan can't name the image, because it isn't built yet
 * @throws DeployError PLAN_OUTDATED, naming what moved
 */
export function assertPlanHolds(saved: SavedPlan, now: DeployPlan, commit: string | undefined): void {
  const isUnknown = now.images.some(({ imageId }) => imageId === undefined);
  const differences = [
    ...planDifferences(saved.plan, now),
    ...(isUnknown && saved.commit !== commit
      ? [`the commit is ${commit ?? 'unknown'}, not ${saved.commit ?? 'unknown'}`]
      : []),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, shownDifferences).join('; ');
  const more = differences.length > shownDifferences ? `; and ${differences.length - shownDifferences} more` : '';
  throw new DeployError(
    'PLAN_OUTDATED',
    `the plan of ${saved.createdAt} no longer applies: ${shown}${more}. Make a new plan: tozo plan --out FILE.`,
  );
}
