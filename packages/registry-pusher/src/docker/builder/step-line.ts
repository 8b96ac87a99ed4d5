import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { stagesOf } from './dockerfile-stages.ts';

/**
 * Returns the Dockerfile line of a step by its name in the engine: `RUN make` (classic builder), or `[2/3] RUN make`,
 * `[build 2/3] RUN make` and `[stage-1 2/3] RUN make` (BuildKit).
 */
export function lineOfStep(dockerfile: Dockerfile, step: string): number | undefined {
  const [, stage, number, text = step] = /^\[(?:(\S+) +)?(\d+)\/\d+\] (.*)$/s.exec(step) ?? [];
  const candidates = stage === undefined ? dockerfile.instructions : instructionsOfStage(dockerfile, stage);
  const matching = candidates.filter((each) => normalizeSpaces(each.text) === normalizeSpaces(text));
  if (matching.length === 1) return matching[0]!.line;
  const nth = number === undefined ? undefined : candidates.filter(makesStep)[Number(number) - 1];
  return nth !== undefined && text.startsWith(nth.keyword) ? nth.line : undefined;
}

function instructionsOfStage(dockerfile: Dockerfile, name: string): readonly Instruction[] {
  const stages = stagesOf(dockerfile);
  const stage = stages.find((each) => each.from.name === name.toLowerCase());
  return (stage ?? stages[Number(/^stage-(\d+)$/.exec(name)?.[1])])?.instructions ?? dockerfile.instructions;
}

function makesStep({ keyword }: Instruction): boolean {
  return ['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR'].includes(keyword);
}

function normalizeSpaces(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
