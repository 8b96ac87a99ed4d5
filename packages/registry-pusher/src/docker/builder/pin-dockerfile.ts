import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { copyFrom, planStages, type Stage } from '../../build/dockerfile/stages.ts';
import { type ImageReference, withDefaultTag } from '../../image/reference.ts';
import { type Pins, pinName } from '../../build/lock/lock-file.ts';

/** A Dockerfile whose images are named by their digests. Every instruction stands where it stood. */
export interface PinnedDockerfile {
  readonly text: string;
  /** Images that are pinned and could not be named by their digests. */
  readonly warnings: readonly string[];
}

export interface PinOptions {
  readonly target?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Names the lock in messages. */
  readonly lockPath: string;
}

/**
 * Writes pinned digests into FROM and `COPY --from`, for a builder that knows of no lock: `node:20` becomes
 * `docker.io/library/node:20@sha256:…`. An instruction of several lines is left as it is, and warned of.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function pinDockerfile(
  text: string,
  dockerfile: Dockerfile,
  pins: Pins,
  { target, buildArgs, lockPath }: PinOptions,
): PinnedDockerfile {
  const lines = text.split('\n');
  const warnings: string[] = [];
  for (const { instruction, written, reference } of imagesIn(planStages(dockerfile, { target, buildArgs }).stages)) {
    const name = pinName(withDefaultTag(reference));
    const digest = name === undefined ? undefined : pins.get(name);
    if (name === undefined || digest === undefined) continue;
    const at = instruction.line - 1;
    const pinned = withImage(lines[at]!, instruction, written, `${name}@${digest}`);
    if (pinned === undefined)
      warnings.push(
        `Dockerfile line ${instruction.line}: ${lockPath} pins ${name}, and the tag is used: write the instruction on one line.`,
      );
    else lines[at] = pinned;
  }
  return { text: lines.join('\n'), warnings };
}

interface NamedImage {
  readonly instruction: Instruction;
  /** As it stands in the Dockerfile, variables and all. */
  readonly written: string;
  readonly reference: ImageReference;
}

function imagesIn(stages: readonly Stage[]): NamedImage[] {
  return stages.flatMap((stage) => [
    ...(stage.base.kind === 'image'
      ? [{ instruction: stage.from, written: stage.from.image, reference: stage.base.reference }]
      : []),
    ...stage.instructions.flatMap((instruction) => {
      const from = instruction.keyword === 'COPY' ? copyFrom(instruction, stage, stages) : undefined;
      if (instruction.keyword !== 'COPY' || from?.kind !== 'image') return [];
      return [{ instruction, written: instruction.flags.get('from')!, reference: from.reference }];
    }),
  ]);
}

/** Where the image stands in the one line of an instruction. */
const places = {
  FROM: /^(?<before>\s*FROM\s+(?:--\S+\s+)*)(?<image>[^\s-]\S*)(?<after>\s.*|)$/is,
  COPY: /^(?<before>\s*COPY\s+(?:--\S+\s+)*?--from=)(?<image>\S+)(?<after>\s.*)$/is,
};

/** @returns undefined where the image is not found where it is looked for */
function withImage(line: string, { keyword, text }: Instruction, written: string, image: string): string | undefined {
  const { before, image: found, after } = places[keyword as keyof typeof places].exec(line)?.groups ?? {};
  if (line.trim() !== text || found !== written) return undefined;
  return `${before}${image}${after}`;
}
