import { parseImageReference, type ImageReference } from '../../image/reference.ts';
import { attempt, globalArguments, platformArgs } from './arguments.ts';
import { expandWord } from './expand.ts';
import type { CopyInstruction, FromInstruction, Instruction } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';
import type { Dockerfile } from './parse.ts';

/** What a stage begins with: nothing, an image, or an earlier stage by its number. */
export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'image'; readonly reference: ImageReference }
  | { readonly kind: 'stage'; readonly index: number };

/** FROM and the instructions up to the next one. */
export interface Stage {
  /** From 0 on, in the order of the Dockerfile. */
  readonly index: number;
  readonly from: FromInstruction;
  readonly base: StageBase;
  readonly instructions: readonly Instruction[];
}

/** What `COPY --from` names: an earlier stage by its number, or an image. */
export type CopyFrom =
  { readonly kind: 'stage'; readonly index: number } | { readonly kind: 'image'; readonly reference: ImageReference };

/** The stages of a Dockerfile that are carried out for a target. */
export interface StagePlan {
  readonly stages: readonly Stage[];
  /** What an ARG of a stage without a value of its own takes. */
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly target: Stage;
  /** The target and the stages that it stands on or copies from, each after those that it needs itself. */
  readonly needed: readonly Stage[];
  /** The stages that the target stands on, lowest first, and itself: their instructions make the image. */
  readonly chain: readonly Stage[];
}

/**
 * Finds out what is to be built: FROM with the ARGs above it, the target among the stages, and which other stages it needs.
 * @param target a stage's name, any case; default the last stage
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function planStages(
  dockerfile: Dockerfile,
  { target, buildArgs = {} }: { target?: string | undefined; buildArgs?: Readonly<Record<string, string>> } = {},
): StagePlan {
  const globalArgs = globalArguments(dockerfile, buildArgs);
  const expand = ({ line }: FromInstruction, text: string) =>
    attempt(line, () => expandWord(text, (name) => globalArgs.get(name), dockerfile.escape));
  const stages = splitStages(dockerfile, expand);
  const built = target === undefined ? stages.at(-1)! : (named(stages, target) ?? noSuchTarget(stages, target));
  const needed = new Set<number>();
  const need = (stage: Stage): void => {
    if (needed.has(stage.index)) return;
    requirePlatform(stage.from, expand);
    for (const index of requirementsOf(stage, stages)) need(stages[index]!);
    needed.add(stage.index);
  };
  need(built);
  const chain = [built];
  for (let { base } = built; base.kind === 'stage'; { base } = chain[0]!) chain.unshift(stages[base.index]!);
  return { stages, globalArgs, target: built, needed: [...needed].map((index) => stages[index]!), chain };
}

/**
 * What a COPY reads from when it has `--from`; undefined for the build context. A number is a stage's, a name that no stage
 * has is an image's. @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function copyFrom(
  { flags, line }: CopyInstruction,
  stage: Stage,
  stages: readonly Stage[],
): CopyFrom | undefined {
  const from = flags.get('from');
  if (from === undefined || from === '') return undefined;
  if (from.includes('$'))
    throw dockerfileInvalid(line, `--from takes no variables. Name the image by a stage: FROM ${from} AS source.`);
  const isNumber = /^[+-]?\d+$/.test(from);
  const found = isNumber ? stages[Number(from)] : named(stages, from);
  if (found === undefined && !isNumber) return { kind: 'image', reference: parseImageReference(from) };
  if (found === undefined || found.index >= stage.index)
    throw dockerfileInvalid(line, `--from=${from} is not a stage above it.`);
  return { kind: 'stage', index: found.index };
}

type Expand = (from: FromInstruction, text: string) => string;

function splitStages({ instructions }: Dockerfile, expand: Expand): Stage[] {
  const starts = instructions.flatMap(({ keyword }, at) => (keyword === 'FROM' ? [at] : []));
  const stages: Stage[] = [];
  for (const [index, start] of starts.entries()) {
    const from = instructions[start] as FromInstruction;
    const base = baseOf(from, expand(from, from.image), stages);
    stages.push({ index, from, base, instructions: instructions.slice(start + 1, starts[index + 1]) });
  }
  return stages;
}

function baseOf({ line, image: written }: FromInstruction, image: string, above: readonly Stage[]): StageBase {
  if (image === '') throw dockerfileInvalid(line, `"${written}" is empty once its ARGs are put in.`);
  const stage = above.findLast(({ from }) => from.name === image);
  if (stage !== undefined) return { kind: 'stage', index: stage.index };
  return image === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: parseImageReference(image) };
}

function requirePlatform(from: FromInstruction, expand: Expand): void {
  const platform = expand(from, from.platform ?? platformArgs.TARGETPLATFORM);
  if (!/^linux\/(?:amd64|x86_64|x86-64)$/.test(platform))
    throw dockerfileInvalid(from.line, `--platform=${platform} is asked for, but images are for linux/amd64.`);
}

/** Numbers of the stages that one cannot be built without. */
function requirementsOf(stage: Stage, stages: readonly Stage[]): number[] {
  const copied = stage.instructions.flatMap((each) => {
    const from = each.keyword === 'COPY' ? copyFrom(each, stage, stages) : undefined;
    return from?.kind === 'stage' ? [from.index] : [];
  });
  return stage.base.kind === 'stage' ? [stage.base.index, ...copied] : copied;
}

/** The last stage of a name. */
function named(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.findLast(({ from }) => from.name === name.toLowerCase());
}

function noSuchTarget(stages: readonly Stage[], target: string): never {
  const names = stages.flatMap(({ from }) => from.name ?? []);
  throw dockerfileInvalid(
    stages.at(-1)!.from.line,
    `no stage is called ${target}. ${names.length > 0 ? `Its stages are ${names.join(', ')}.` : 'None has a name: FROM image AS name gives one.'}`,
  );
}
