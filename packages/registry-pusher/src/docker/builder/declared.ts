import type { FromInstruction, Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';

/** A stage as it is written: its FROM, and all of its instructions with that one first. */
export interface WrittenStage {
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile's stages in their order. */
export function stagesOf({ instructions }: Dockerfile): WrittenStage[] {
  const froms = instructions.flatMap((each, index) => (each.keyword === 'FROM' ? [{ from: each, index }] : []));
  return froms.map(({ from, index }, at) => ({ from, instructions: instructions.slice(index, froms[at + 1]?.index) }));
}

/** Whether any ARG of the Dockerfile has this name. */
export function declaresArg({ instructions }: Dockerfile, name: string): boolean {
  return instructions.some((each) => each.keyword === 'ARG' && each.args.some((arg) => arg.name === name));
}

/** The instructions that make the image: those after the FROM of the stage that is built. */
export function finalStage(dockerfile: Dockerfile, target: string | undefined): readonly Instruction[] {
  const stages = stagesOf(dockerfile);
  const named = stages.find(
    ({ from }, at) => target !== undefined && (from.name === target.toLowerCase() || String(at) === target),
  );
  return (named ?? stages.at(-1)!).instructions.slice(1);
}
