import { isComparedByContent } from './affected-rules.ts';
import { readChangedFiles, readHistory, type Step } from './history.ts';
import { findLastChange } from './last-change.ts';
import { readStepChanges } from './step-changes.ts';
import type { Workspace } from './workspace.ts';

/** From a commit that may be live to HEAD. By the time of the deploy, any commit in between may be live instead. */
export interface AffectedRange {
  readonly base: string;
  readonly head: string;
}

/** The most commits between. */
const limit = 1000;

/**
 * Returns whether what differs between the ends of a range, which is what `nx affected` builds, is all that differs between any
 * commit of the range and its end. It isn't if something was changed and changed back. Rejects with git's own words.
 */
export async function isDifferenceComplete(root: string, { base, head }: AffectedRange): Promise<boolean> {
  const [steps, difference] = await Promise.all([
    readHistory({ cwd: root, since: base, limit }),
    readChangedFiles(root, base, head),
  ]);
  return steps.length < limit && reachesAll(steps, base, new Set(difference));
}

/** Returns whether each file that some commit of the steps may differ in is among those that differ between their ends. */
export function reachesAll(steps: readonly Step[], base: string, differing: ReadonlySet<string>): boolean {
  const contents = contentsOf(steps);
  return [...contents].every(([file, versions]) => {
    const isReached = differing.has(file) || findLastChange(steps, ({ files }) => files.includes(file), base) === base;
    // Of these files, Nx looks only at what differs between their first and their last version.
    return isReached && (versions.size <= 1 || !isComparedByContent(file) || !differing.has(file));
  });
}

/** Returns the contents that each changed file had within the steps. */
function contentsOf(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const contents = new Map<string, Set<string>>();
  for (const step of steps)
    for (const [index, file] of step.files.entries())
      contents.set(file, (contents.get(file) ?? new Set()).add(step.contents[index]!));
  return contents;
}

/**
 * Returns the names of the projects that some commit of a range changes, also if a later one changes them back, sorted.
 * Rejects with git's own words.
 */
export async function findChangedProjects(workspace: Workspace, base: string): Promise<string[]> {
  const steps = await readHistory({ cwd: workspace.root, since: base, limit });
  const { changes } = await readStepChanges(workspace, steps);
  return Object.keys(workspace.graph.nodes)
    .filter((project) => findLastChange(steps, (step) => changes(step, project), base) !== base)
    .toSorted();
}
