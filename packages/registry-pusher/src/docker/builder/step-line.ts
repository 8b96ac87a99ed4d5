import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { stagesOf } from './declared.ts';

/**
 * The line of the Dockerfile that a step carries out, by how an engine calls it: `RUN make` (the classic builder), `[2/3] RUN make`
 * or, with several stages, `[build 2/3] RUN make` and `[stage-1 2/3] RUN make` (BuildKit).
 */
export function lineOfStep(dockerfile: Dockerfile, step: string): number | undefined {
  const [, stage, number, text = step] = /^\[(?:(\S+) +)?(\d+)\/\d+\] (.*)$/s.exec(step) ?? [];
  const candidates = stage === undefined ? dockerfile.instructions : inStage(dockerfile, stage);
  const written = candidates.filter((each) => oneSpace(each.text) === oneSpace(text));
  if (written.length === 1) return written[0]!.line;
  const counted = number === undefined ? undefined : candidates.filter(makesStep)[Number(number) - 1];
  return counted !== undefined && text.startsWith(counted.keyword) ? counted.line : undefined;
}

function inStage(dockerfile: Dockerfile, name: string): readonly Instruction[] {
  const stages = stagesOf(dockerfile);
  const stage = stages.find((each) => each.from.name === name.toLowerCase());
  return (stage ?? stages[Number(/^stage-(\d+)$/.exec(name)?.[1])])?.instructions ?? dockerfile.instructions;
}

function makesStep({ keyword }: Instruction): boolean {
  return ['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR'].includes(keyword);
}

function oneSpace(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
