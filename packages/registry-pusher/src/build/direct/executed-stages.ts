import { originsOf, type Stage, type StagePlan } from '../dockerfile/stages.ts';

/** Returns the numbers of the stages whose layers a RUN needs: those with a RUN, those they build on, and sources of mounts. */
export function findExecutedStages({ needed, stages, contexts }: StagePlan): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (stage: Stage): void => {
    if (found.has(stage.index)) return;
    found.add(stage.index);
    if (stage.base.kind === 'stage') add(stages[stage.base.index]!);
  };
  for (const stage of needed) {
    if (!containsRun(stage)) continue;
    add(stage);
    for (const { from, by } of originsOf(stage, stages, contexts))
      if (by.keyword === 'RUN' && from.kind === 'stage') add(stages[from.index]!);
  }
  return found;
}

function containsRun({ instructions }: Stage): boolean {
  return instructions.some(({ keyword }) => keyword === 'RUN');
}
