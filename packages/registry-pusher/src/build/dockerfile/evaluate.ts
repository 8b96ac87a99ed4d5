import type { RunConfig } from '../../image/config.ts';
import type { Dockerfile } from './parse.ts';
import { StageState } from './stage-state.ts';
import type { Stage, StagePlan } from './stages.ts';
import type { Trace } from './step.ts';

/** A stage's result, as far as it doesn't depend on files. */
export interface Evaluation {
  readonly config: RunConfig;
  readonly author?: string;
  /** The instructions of this stage only. */
  readonly traces: readonly Trace[];
}

/**
 * Evaluates the stages that a target needs, as BuildKit does. A stage starts with its base's configuration, or with the
 * result of an earlier stage. Layers are only planned. Returns the results by stage number.
 * @param bases returns the configuration of a stage's base, or undefined while it isn't known; anything that depends on an
 * unknown one is left out
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
    const context = { escape: dockerfile.escape, plan, stage, buildArgs };
    const earlier = stage.base.kind === 'stage' ? ends.get(stage.base.index) : undefined;
    const state = earlier?.fork(context) ?? new StageState(context, bases(stage));
    const traces = stage.instructions.map((instruction) => state.apply(instruction));
    const { author } = state;
    ends.set(stage.index, state);
    evaluations.set(stage.index, { config: state.config(), traces, ...(author === undefined ? {} : { author }) });
  }
  return evaluations;
}
