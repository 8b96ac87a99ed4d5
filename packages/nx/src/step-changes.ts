import { loadAffectedRules } from './affected-rules.ts';
import type { Step } from './history.ts';
import type { Workspace } from './workspace.ts';

/** Which projects each step of a history changes. */
export interface StepChanges {
  /** Whether a step changes a project, or what it depends on. True in doubt. */
  readonly changes: (step: Step, project: string) => boolean;
  /** What isn't known, and why. */
  readonly problems: readonly string[];
}

/** Finds out what steps change, by the graph of today and Nx's own rules for affected projects. */
export async function readStepChanges({ root, graph }: Workspace, steps: readonly Step[]): Promise<StepChanges> {
  const rules = loadAffectedRules(graph, root);
  const affected = new Map<Step, ReadonlySet<string>>();
  const problems: string[] = [];
  for (const step of steps) {
    try {
      affected.set(step, await rules.affectedBy(step));
    } catch (error) {
      // A step that isn't understood may have changed every project.
      problems.push(`what ${step.commit.slice(0, 8)} affects isn't known: ${(error as Error).message}`);
    }
  }
  return { changes: (step, project) => affected.get(step)?.has(project) ?? true, problems };
}
