import type { RunConfig } from '../../image/config.ts';
import type { Dockerfile } from './parse.ts';
import { StageState } from './stage-state.ts';
import type { Stage, StagePlan } from './stages.ts';
import type { Trace } from './step.ts';

/** A stage, carried out as far as it can be without any file. */
export interface Evaluation {
  readonly config: RunConfig;
  readonly author?: string;
  /** The instructions of this stage alone. */
  readonly traces: readonly Trace[];
}

/**
 * Carries out the stages that a target needs, each on its base's configuration or where the stage before it ended, as
 * BuildKit does. Pure: layers are only told what to do. Gives each stage's end by its number.
 * @param bases the configuration that a stage's base has; undefined while that is not known, and then what depends on it is
 * left out
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function evaluate(
  dockerfile: Dockerfile,
  plan: StagePlan,
  bases: (stage: Stage) => RunConfig | undefined,
  buildArgs: Readonly<Record<string, string>>,
): Map<number, Evaluation> {
  const ends = new Map<number, StageState>();
  const evaluations = new Map<number, Evaluation>();
  for (const stage of plan.needed) {
    const surroundings = { escape: dockerfile.escape, plan, stage, buildArgs };
    const before = stage.base.kind === 'stage' ? ends.get(stage.base.index) : undefined;
    const state = before?.continued(surroundings) ?? new StageState(surroundings, bases(stage));
    const traces = stage.instructions.map((instruction) => state.carryOut(instruction));
    const { author } = state;
    ends.set(stage.index, state);
    evaluations.set(stage.index, { config: state.config(), traces, ...(author === undefined ? {} : { author }) });
  }
  return evaluations;
}
