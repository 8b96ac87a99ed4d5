import type { Step } from './history.ts';

/**
 * Returns the newest commit that changed something: whoever has it in their history, and is part of HEAD's, has the same as
 * HEAD. In a line of commits that's the newest one with a change. A merge counts if it differs from the parent that is
 * followed, and nothing is followed past a commit whose branch has a change that HEAD doesn't have.
 * @param steps from HEAD back, as git lists them: children before their parents
 * @param isChange whether a step changes it
 * @param since where the history ends: the result, if nothing changed after it
 */
export function findLastChange(
  steps: readonly Step[],
  isChange: (step: Step) => boolean,
  since?: string,
): string | undefined {
  const byCommit = groupByCommit(steps);
  const head = steps[0]?.commit;
  if (head === undefined) return since;
  const same = new Set([head]);
  for (const step of steps)
    if (same.has(step.commit) && step.parent !== undefined && !isChange(step)) same.add(step.parent);
  // Children come before their parents, so one pass reaches everything behind a commit that differs.
  const behindOthers = new Set<string>();
  for (const { commit, parent } of steps) {
    if (!same.has(commit)) behindOthers.add(commit);
    if (behindOthers.has(commit) && parent !== undefined) behindOthers.add(parent);
  }
  if (since !== undefined && same.has(since) && !behindOthers.has(since)) return since;
  for (let commit = head; ;) {
    const first = byCommit.get(commit)?.[0];
    if (first === undefined) return commit;
    const { parent } = first;
    if (parent === undefined || isChange(first) || behindOthers.has(parent)) return commit;
    if (!byCommit.has(parent)) return parent === since ? parent : commit;
    commit = parent;
  }
}

function groupByCommit(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of steps) groups.set(step.commit, [...(groups.get(step.commit) ?? []), step]);
  return groups;
}
