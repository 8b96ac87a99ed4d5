import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { resolveCopyFrom, planStages, type Stage } from '../../build/dockerfile/stages.ts';
import { type ImageReference, parseImageReference, withDefaultTag } from '../../image/reference.ts';
import { type Pins, pinName } from '../../build/lock/lock-file.ts';
import type { PinnedImage } from '../../build/lock/moved-tag.ts';

/** A Dockerfile with digests in its image references. Every instruction keeps its line. */
export interface PinnedDockerfile {
  readonly text: string;
  /** The images whose digests are in the text. */
  readonly images: readonly PinnedImage[];
  /** One for each image without its digest in the text. */
  readonly warnings: readonly string[];
}

export interface PinOptions {
  readonly target?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The lock file's path, for messages. */
  readonly lockPath: string;
}

/**
 * Adds pinned digests to FROM, `COPY --from` and `RUN --mount=from=`, for a builder without lock files: `node:20` becomes
 * `docker.io/library/node:20@sha256:…`. Skips an instruction that spans several lines, with a warning.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function pinDockerfile(
  text: string,
  dockerfile: Dockerfile,
  pins: Pins,
  { target, buildArgs, lockPath }: PinOptions,
): PinnedDockerfile {
  const lines = text.split('\n');
  const images = new Map<string, PinnedImage>();
  const warnings: string[] = [];
  for (const { instruction, written, reference } of findImages(planStages(dockerfile, { target, buildArgs }).stages)) {
    const name = pinName(withDefaultTag(reference));
    const digest = name === undefined ? undefined : pins.get(name);
    if (name === undefined || digest === undefined) continue;
    const at = instruction.line - 1;
    const pinned = replaceImage(lines[at]!, instruction, written, `${name}@${digest}`);
    if (pinned === undefined)
      warnings.push(
        `Dockerfile line ${instruction.line}: using the tag of ${name} instead of its digest in ${lockPath}: write the instruction on one line.`,
      );
    else {
      lines[at] = pinned;
      images.set(name, { reference, digest });
    }
  }
  return { text: lines.join('\n'), images: [...images.values()], warnings };
}

interface ImageUse {
  readonly instruction: Instruction;
  /** As written in the Dockerfile, with variables. */
  readonly written: string;
  readonly reference: ImageReference;
}

function findImages(stages: readonly Stage[]): ImageUse[] {
  return stages.flatMap((stage) => [
    ...(stage.base.kind === 'image'
      ? [{ instruction: stage.from, written: stage.from.image, reference: stage.base.reference }]
      : []),
    ...stage.instructions.flatMap((instruction) => {
      if (instruction.keyword === 'RUN') return findMounts(instruction, stages);
      const from = instruction.keyword === 'COPY' ? resolveCopyFrom(instruction, stage, stages) : undefined;
      if (instruction.keyword !== 'COPY' || from?.kind !== 'image') return [];
      return [{ instruction, written: instruction.flags.get('from')!, reference: from.reference }];
    }),
  ]);
}

/** Returns the image of `RUN --mount=from=`, which isn't a stage. A second one in the same RUN stays as it is. */
function findMounts(instruction: Instruction & { readonly rest: string }, stages: readonly Stage[]): ImageUse[] {
  const [, written] = /^(?:--\S+\s+)*?--mount=(?:[^\s,]+,)*from=([^\s,]+)/.exec(instruction.rest) ?? [];
  const isStage =
    written !== undefined &&
    stages.some(({ from, index }) => from.name === written.toLowerCase() || String(index) === written);
  if (written === undefined || isStage || written === 'scratch' || written.includes('$')) return [];
  return [{ instruction, written, reference: parseImageReference(written) }];
}

/** Find the image reference in a one-line instruction. */
const patterns = {
  FROM: /^(?<before>\s*FROM\s+(?:--\S+\s+)*)(?<image>[^\s-]\S*)(?<after>\s.*|)$/is,
  RUN: /^(?<before>\s*RUN\s+(?:--\S+\s+)*?--mount=(?:[^\s,]+,)*from=)(?<image>[^\s,]+)(?<after>.*)$/is,
  COPY: /^(?<before>\s*COPY\s+(?:--\S+\s+)*?--from=)(?<image>\S+)(?<after>\s.*)$/is,
};

/** @returns undefined if the instruction isn't on one line */
function replaceImage(
  line: string,
  { keyword, text }: Instruction,
  written: string,
  image: string,
): string | undefined {
  const { before, image: found, after } = patterns[keyword as keyof typeof patterns].exec(line)?.groups ?? {};
  if (line.trim() !== text || found !== written) return undefined;
  return `${before}${image}${after}`;
}
