import { dockerfileInvalidError } from './errors.ts';
import type { Instruction } from './instruction.ts';
import type { Escape } from './lines.ts';
import { parseTrigger } from './parse.ts';
import type { Stage, StagePlan } from './stages.ts';

/**
 * Puts the triggers of base images at the start of their stages, as BuildKit does.
 * @param triggersOf returns the ONBUILD entries of a stage's base image
 * @throws RegistryPusherError DOCKERFILE_INVALID for a trigger that takes files from another stage
 */
export function withTriggers(
  plan: StagePlan,
  escape: Escape,
  triggersOf: (stage: Stage) => readonly string[],
): StagePlan {
  const stages = plan.stages.map((stage) => {
    const triggers = plan.needed.includes(stage) ? triggersOf(stage) : [];
    if (triggers.length === 0) return stage;
    const instructions = triggers.map((text) => assertAlone(parseTrigger(text, escape, stage.from.line)));
    return { ...stage, instructions: [...instructions, ...stage.instructions] };
  });
  const at = ({ index }: Stage) => stages[index]!;
  return { ...plan, stages, target: at(plan.target), needed: plan.needed.map(at), chain: plan.chain.map(at) };
}

function assertAlone(instruction: Instruction): Instruction {
  if (!/\s--(?:mount=(?:\S*,)?)?from=/.test(instruction.text)) return instruction;
  throw dockerfileInvalidError(
    instruction.line,
    `the base has a trigger that takes files from elsewhere: ONBUILD ${instruction.text}. Use --builder docker.`,
  );
}
