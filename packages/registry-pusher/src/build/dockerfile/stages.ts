import { parseImageReference, type ImageReference } from '../../image/reference.ts';
import { addLineToErrors, resolveGlobalArgs, platformArgs } from './arguments.ts';
import { expandWord } from './expand.ts';
import type { CopyInstruction, FromInstruction, Instruction } from './instruction.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { Escape } from './lines.ts';
import { type Dockerfile, parseTrigger } from './parse.ts';
import { mountFieldsOf } from './mount-fields.ts';

/** The start of a stage: nothing, an image, or an earlier stage by number. */
export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'image'; readonly reference: ImageReference }
  | { readonly kind: 'stage'; readonly index: number };

/** FROM and the instructions up to the next one. */
export interface Stage {
  /** 0-based, in the order of the Dockerfile. */
  readonly index: number;
  readonly from: FromInstruction;
  readonly base: StageBase;
  readonly instructions: readonly Instruction[];
}

/** The source of `COPY --from`: an earlier stage by number, an image, or a named build context. */
export type CopyFrom = ImageFrom | { readonly kind: 'context'; readonly name: string };

/** A source of `COPY --from` with an image's files. */
export type ImageFrom =
  { readonly kind: 'stage'; readonly index: number } | { readonly kind: 'image'; readonly reference: ImageReference };

/** The stages of a Dockerfile, and the ones that a target needs. */
export interface StagePlan {
  readonly stages: readonly Stage[];
  /** The lowercase names of build contexts that replace stages and images. */
  readonly contexts: ReadonlySet<string>;
  /** Values for an ARG without a value inside a stage. */
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly target: Stage;
  /** The target and the stages that it builds on or copies from, each after the ones it needs. */
  readonly needed: readonly Stage[];
  /** The stages that the target builds on, lowest first, and the target. Their instructions make the image. */
  readonly chain: readonly Stage[];
}

export interface StageSelection {
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Directories by the name of the stage or image that each replaces in `COPY --from`. */
  readonly buildContexts?: Readonly<Record<string, string>>;
}

/**
 * Finds the target stage and the stages that it needs. Expands FROM with the ARGs before it.
 * @param target a stage's name, case-insensitive; default the last stage
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function planStages(
  dockerfile: Dockerfile,
  { target, buildArgs = {}, buildContexts = {} }: StageSelection = {},
): StagePlan {
  const globalArgs = resolveGlobalArgs(dockerfile, buildArgs);
  const expand = ({ line }: FromInstruction, text: string) =>
    addLineToErrors(line, () => expandWord(text, (name) => globalArgs.get(name), dockerfile.escape));
  const stages = splitStages(dockerfile, expand);
  const built = target === undefined ? stages.at(-1)! : findStage(stages, target);
  const contexts = new Set(Object.keys(buildContexts).map((name) => name.toLowerCase()));
  assertUsed(contexts, stages);
  const needed = new Set<number>();
  const need = (stage: Stage): void => {
    if (needed.has(stage.index)) return;
    assertPlatform(stage.from, expand);
    assertNotReplaced(stage, stages, contexts);
    for (const index of requirementsOf(stage, stages, contexts)) need(stages[index]!);
    needed.add(stage.index);
  };
  need(built);
  const chain = [built];
  for (let { base } = built; base.kind === 'stage'; { base } = chain[0]!) chain.unshift(stages[base.index]!);
  return { stages, contexts, globalArgs, target: built, needed: [...needed].map((index) => stages[index]!), chain };
}

/**
 * Resolves `COPY --from`; undefined means the build context. A number is a stage, a name without a stage is an image.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function resolveCopyFrom(
  { flags, line }: CopyInstruction,
  stage: Stage,
  stages: readonly Stage[],
  contexts: ReadonlySet<string> = new Set(),
): CopyFrom | undefined {
  const from = flags.get('from');
  if (from === undefined || from === '') return undefined;
  if (from.includes('$'))
    throw dockerfileInvalidError(
      line,
      `--from can't contain variables. Add a stage for the image instead: FROM ${from} AS source.`,
    );
  return resolveFrom(from, line, stage, stages, contexts);
}

/**
 * Resolves a name as `COPY --from` and `RUN --mount=from` do.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function resolveFrom(
  from: string,
  line: number,
  stage: Stage,
  stages: readonly Stage[],
  contexts: ReadonlySet<string>,
): CopyFrom {
  if (contexts.has(from.toLowerCase())) return { kind: 'context', name: from.toLowerCase() };
  const isNumber = /^[+-]?\d+$/.test(from);
  const found = isNumber ? stages[Number(from)] : stageNamed(stages, from);
  if (found === undefined && !isNumber) return { kind: 'image', reference: parseImageReference(from) };
  if (found === undefined || found.index >= stage.index)
    throw dockerfileInvalidError(line, `--from=${from} isn't an earlier stage.`);
  return { kind: 'stage', index: found.index };
}

type Expand = (from: FromInstruction, text: string) => string;

function splitStages({ instructions, escape }: Dockerfile, expand: Expand): Stage[] {
  const starts = instructions.flatMap(({ keyword }, at) => (keyword === 'FROM' ? [at] : []));
  const stages: Stage[] = [];
  for (const [index, start] of starts.entries()) {
    const from = instructions[start] as FromInstruction;
    const base = baseOf(from, expand(from, from.image), stages);
    const own = instructions.slice(start + 1, starts[index + 1]);
    const triggers = base.kind === 'stage' ? triggersOf(stages[base.index]!, escape) : [];
    stages.push({ index, from, base, instructions: [...triggers, ...own] });
  }
  return stages;
}

/** A stage starts with what its base's ONBUILD says. */
function triggersOf({ instructions }: Stage, escape: Escape): Instruction[] {
  return instructions.flatMap((each) =>
    each.keyword === 'ONBUILD' ? [parseTrigger(each.rest.trim(), escape, each.line)] : [],
  );
}

function baseOf({ line, image: written }: FromInstruction, image: string, above: readonly Stage[]): StageBase {
  if (image === '') throw dockerfileInvalidError(line, `"${written}" is empty after its ARGs are expanded.`);
  const stage = stageNamed(above, image);
  if (stage !== undefined) return { kind: 'stage', index: stage.index };
  return image === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: parseImageReference(image) };
}

function assertPlatform(from: FromInstruction, expand: Expand): void {
  const platform = expand(from, from.platform ?? platformArgs.TARGETPLATFORM);
  if (!/^linux\/(?:amd64|x86_64|x86-64)$/.test(platform))
    throw dockerfileInvalidError(
      from.line,
      `--platform=${platform} isn't supported: images are built for linux/amd64.`,
    );
}

/** Returns the numbers of the stages that a stage needs. */
function requirementsOf(stage: Stage, stages: readonly Stage[], contexts: ReadonlySet<string>): number[] {
  const copied = originsOf(stage, stages, contexts).flatMap(({ from }) => (from.kind === 'stage' ? [from.index] : []));
  return stage.base.kind === 'stage' ? [stage.base.index, ...copied] : copied;
}

/** An image, a stage or a build context that an instruction takes files from. */
export interface Origin {
  readonly from: CopyFrom;
  readonly by: Instruction;
}

/** Returns where a stage's `COPY --from` and `RUN --mount=from` take files from. */
export function originsOf(stage: Stage, stages: readonly Stage[], contexts: ReadonlySet<string>): Origin[] {
  return stage.instructions.flatMap((by): Origin[] => {
    if (by.keyword === 'COPY') {
      const from = resolveCopyFrom(by, stage, stages, contexts);
      return from === undefined ? [] : [{ from, by }];
    }
    if (by.keyword !== 'RUN') return [];
    return mountOriginsOf(by.rest).map((name) => ({ from: resolveFrom(name, by.line, stage, stages, contexts), by }));
  });
}

/** Names with variables aren't found: a stage is needed by name. */
function mountOriginsOf(rest: string): string[] {
  return mountFieldsOf(rest, '\\')
    .flatMap((fields) => fields.get('from') ?? [])
    .filter((from) => !from.includes('$'));
}

/** A directory has files, but no configuration for a stage to build on. */
function assertNotReplaced({ from, base }: Stage, stages: readonly Stage[], contexts: ReadonlySet<string>): void {
  const names = [from.name, from.image, base.kind === 'stage' ? stages[base.index]!.from.name : undefined];
  const replaced = names.find((name) => name !== undefined && contexts.has(name.toLowerCase()));
  if (replaced === undefined) return;
  throw dockerfileInvalidError(
    from.line,
    `the build context ${replaced} is a directory: only COPY --from=${replaced} can use it.`,
  );
}

function assertUsed(contexts: ReadonlySet<string>, stages: readonly Stage[]): void {
  const instructions = stages.flatMap((stage) => stage.instructions);
  const copied = instructions.flatMap((each) => {
    if (each.keyword === 'RUN') return mountOriginsOf(each.rest);
    return each.keyword === 'COPY' ? (each.flags.get('from') ?? []) : [];
  });
  const used = new Set(copied.map((name) => name.toLowerCase()));
  const unused = [...contexts].find((name) => !used.has(name));
  if (unused === undefined) return;
  throw dockerfileInvalidError(
    stages.at(-1)!.from.line,
    `no COPY --from=${unused} uses the build context ${unused}. Correct its name, or remove it.`,
  );
}

/** Returns the last stage with this name. */
function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.findLast(({ from }) => from.name === name.toLowerCase());
}

function findStage(stages: readonly Stage[], target: string): Stage {
  const found = stageNamed(stages, target);
  if (found !== undefined) return found;
  const names = stages.flatMap(({ from }) => from.name ?? []);
  throw dockerfileInvalidError(
    stages.at(-1)!.from.line,
    `there is no stage ${target}. ${names.length > 0 ? `Use one of ${names.join(', ')}.` : 'Name one with FROM image AS name.'}`,
  );
}
