import { digestOf } from '@tozo/registry-pusher';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newImage, oldImage, planOf } from '../testing/observed.ts';
import { assertPlanHolds } from './assert-plan-holds.ts';
import type { DeployPlan, PlanBasis } from './plan.ts';
import type { SavedPlan } from './plan-file.ts';

const commit = 'a'.repeat(40);

function savedPlan(plan: DeployPlan): SavedPlan {
  return { tool: 'tozo', createdAt: '2026-11-30T05:00:00.000Z', target: 'heroku', commit, builder: 'auto', plan };
}

const { basis } = planOf();
const withBasis = (changes: Partial<PlanBasis>): DeployPlan => planOf({ basis: { ...basis, ...changes } });

test('a plan holds while nothing has moved', () => {
  expect(() => assertPlanHolds(savedPlan(planOf()), planOf(), 'another commit')).not.toThrow();
});

test('a plan holds when its images are in the registry already, as after a deploy that failed later', () => {
  const pushed = planOf({
    images: [{ type: 'web', repository: 'shop/web', imageId: newImage, running: oldImage, pushed: true }],
    push: { sentLayers: 0, sentBytes: 0, reusedLayers: 3, reusedBytes: 9 },
    warnings: ['The registry was slow.'],
  });
  expect(() => assertPlanHolds(savedPlan(planOf()), pushed, commit)).not.toThrow();
});

test.each([
  [
    'a release',
    withBasis({ newestRelease: { id: 'id-4', version: 4, description: 'Set A config vars' } }),
    'the newest release is v4 ("Set A config vars")',
  ],
  ['a dyno count', withBasis({ formation: { web: 3 } }), 'web has 3 dynos, not 1'],
  ['a new process type', withBasis({ formation: { web: 1, worker: 1 } }), 'worker has 1 dynos, not no'],
  ['a new config var', withBasis({ configVars: ['A'] }), 'the config var A was added'],
  ['another app of the same name', withBasis({ appId: 'id-2' }), 'shop is another app of the same name'],
  ['deploy.json', withBasis({ config: digestOf('other') }), 'deploy.json differs'],
  [
    'the files',
    planOf({ images: [{ type: 'web', repository: 'shop/web', imageId: oldImage, running: oldImage, pushed: false }] }),
    `the image of web is ${oldImage}, not ${newImage}: the files or the base image differ`,
  ],
  ['the rollback target', planOf({ rollbackTarget: { id: 'id-2', version: 2 } }), 'rollbackTarget/version is 2, not 3'],
  ['a removal', planOf({ removals: ['worker'] }), 'removals/worker is worker, not absent'],
  ['Preboot', planOf({ preboot: true }), 'preboot is true, not false'],
])('a plan no longer applies after a change of %s, which is named', (_what, now, difference) => {
  expect(() => assertPlanHolds(savedPlan(planOf()), now, commit)).toThrow(
    expect.objectContaining({ code: 'PLAN_OUTDATED', message: expect.stringContaining(difference) as string }),
  );
});

test('a plan of an image that is not built yet holds for its commit only', () => {
  const unbuilt = planOf({ images: [{ type: 'web', repository: 'shop/web', pushed: false }] });
  expect(() => assertPlanHolds(savedPlan(unbuilt), unbuilt, commit)).not.toThrow();
  expect(() => assertPlanHolds(savedPlan(unbuilt), unbuilt, undefined)).toThrow(`the commit is unknown, not ${commit}`);
});

test('a plan that was made to harm never holds, and is compared without an error of another kind', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (plan) => {
      const saved = savedPlan(plan as unknown as DeployPlan);
      expect(() => assertPlanHolds(saved, planOf(), commit)).toThrow('no longer applies');
    }),
  );
});
