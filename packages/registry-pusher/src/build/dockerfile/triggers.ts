import { RegistryPusherError } from '../../image/errors.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { Instruction } from './instruction.ts';
import type { Escape } from './lines.ts';
import { mayShowContext, mountFieldsOf } from './mount-fields.ts';
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
    const instructions = triggers.map((text) => assertAlone(parseTrigger(text, escape, stage.from.line), escape));
    return { ...stage, instructions: [...instructions, ...stage.instructions] };
  });
  const at = ({ index }: Stage) => stages[index]!;
  return { ...plan, stages, target: at(plan.target), needed: plan.needed.map(at), chain: plan.chain.map(at) };
}

/**
 * A digest of the files that a Dockerfile copies is computed without its bases, so it can't cover what their triggers copy.
 * @param written the plan without the triggers
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED
 */
export function assertTriggersCovered(written: StagePlan, plan: StagePlan, escape: Escape): void {
  for (const { index, from, instructions } of plan.needed) {
    const triggers = instructions.slice(0, instructions.length - written.stages[index]!.instructions.length);
    const reading = triggers.find((each) => readsContext(each, escape));
    if (reading === undefined) continue;
    throw new RegistryPusherError(
      'INSTRUCTION_UNSUPPORTED',
      `Dockerfile line ${from.line}: the base has a trigger that may take files of the build context, which the digest of an earlier job doesn't cover: ONBUILD ${reading.text}. Write the instruction into the Dockerfile, and use a base without it.`,
    );
  }
}

/** Returns whether an instruction may show or copy files of the build context. */
function readsContext(instruction: Instruction, escape: Escape): boolean {
  switch (instruction.keyword) {
    case 'COPY':
      return !instruction.flags.has('from');
    case 'ADD':
      return true;
    case 'RUN':
      return mountFieldsOf(instruction.rest, escape).some(mayShowContext);
    default:
      return false;
  }
}

function assertAlone(instruction: Instruction, escape: Escape): Instruction {
  const takesElsewhere =
    (instruction.keyword === 'COPY' && instruction.flags.has('from')) ||
    (instruction.keyword === 'RUN' && mountFieldsOf(instruction.rest, escape).some((fields) => fields.has('from')));
  if (!takesElsewhere) return instruction;
  throw dockerfileInvalidError(
    instruction.line,
    `the base has a trigger that takes files from elsewhere: ONBUILD ${instruction.text}. Use --builder docker.`,
  );
}
