import type { FromInstruction, Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';

/** A stage's instructions, starting with its FROM. */
export interface StageInstructions {
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
}

/** Splits a Dockerfile into its stages. */
export function stagesOf({ instructions }: Dockerfile): StageInstructions[] {
  const froms = instructions.flatMap((each, index) => (each.keyword === 'FROM' ? [{ from: each, index }] : []));
  return froms.map(({ from, index }, at) => ({ from, instructions: instructions.slice(index, froms[at + 1]?.index) }));
}

/** Returns the instructions of the target stage, without its FROM. */
export function targetInstructions(dockerfile: Dockerfile, target: string | undefined): readonly Instruction[] {
  const stages = stagesOf(dockerfile);
  const named = stages.find(
    ({ from }, at) => target !== undefined && (from.name === target.toLowerCase() || String(at) === target),
  );
  return (named ?? stages.at(-1)!).instructions.slice(1);
}
