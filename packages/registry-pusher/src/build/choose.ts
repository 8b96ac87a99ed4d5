import type { Dockerfile } from './dockerfile/parse.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import type { CopyInstruction, Instruction, RunInstruction } from './dockerfile/instruction.ts';
import type { Escape } from './dockerfile/lines.ts';
import { mountFieldsOf, mountType } from './dockerfile/mount-fields.ts';
import { splitFlags } from './dockerfile/words.ts';
import { planStages, type Stage, type StagePlan } from './dockerfile/stages.ts';
import { instructionUnsupportedError, type UnsupportedInstruction } from './dockerfile/errors.ts';
import { purposesOfRun } from './dockerfile/run-purpose.ts';
import type { ImageReference } from '../image/reference.ts';
import type { BuildRequest } from './builder.ts';

export type BuilderChoice =
  { readonly builder: 'direct' } | { readonly builder: 'docker'; readonly reasons: readonly UnsupportedInstruction[] };

/** The parts of a build request that select instructions. */
export type InstructionSelection = Pick<BuildRequest, 'target' | 'buildArgs' | 'buildContexts'> & {
  /** Whether RUN can be executed here. Default false. */
  readonly canRun?: boolean;
  /** Returns why it's executed on no image with this base nevertheless; without a base for scratch. Default: it is. */
  readonly whyNoRun?: (base?: ImageReference) => string | undefined;
};

/**
 * Chooses the direct builder if it supports every instruction that the target needs, otherwise the docker builder, with every
 * reason. Ignores stages that the target doesn't need.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function chooseBuilder(dockerfileText: string, selection: InstructionSelection = {}): BuilderChoice {
  const reasons = findUnsupported(parseDockerfile(dockerfileText), selection);
  return reasons.length === 0 ? { builder: 'direct' } : { builder: 'docker', reasons };
}

/** @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, with every unsupported line */
export function assertDirect(dockerfile: Dockerfile, selection: InstructionSelection = {}): void {
  const reasons = findUnsupported(dockerfile, selection);
  if (reasons.length > 0) throw instructionUnsupportedError(reasons);
}

function findUnsupported(dockerfile: Dockerfile, selection: InstructionSelection): UnsupportedInstruction[] {
  const { syntax } = dockerfile;
  const reasons = findNeededInstructions(dockerfile, selection).flatMap(({ instruction, base, replaceable: stage }) => {
    const reason = unsupportedReason(instruction, dockerfile.escape, selection, base);
    if (reason === undefined) return [];
    const purposes = instruction.keyword === 'RUN' ? { purposes: purposesOfRun(instruction.rest) } : {};
    return [
      {
        line: instruction.line,
        instruction: instruction.text,
        reason,
        ...purposes,
        ...(stage === undefined ? {} : { stage }),
      },
    ];
  });
  if (syntax === undefined || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax))
    return reasons;
  return [{ line: 1, instruction: `# syntax=${syntax}`, reason: 'it needs another frontend' }, ...reasons];
}

interface NeededInstruction {
  readonly instruction: Instruction;
  /** The image that its stage is based on, also by way of other stages. */
  readonly base?: ImageReference | undefined;
  /** The name of its stage, if the target only copies from it: a build context can replace that one. */
  readonly replaceable?: string | undefined;
}

/** Returns all instructions if the stages are invalid and Docker is needed anyway. Docker may understand them. */
function findNeededInstructions(dockerfile: Dockerfile, selection: InstructionSelection): NeededInstruction[] {
  try {
    const { needed, chain, stages } = planStages(dockerfile, selection);
    return needed
      .toSorted((a, b) => a.index - b.index)
      .flatMap((stage) => {
        const base = baseImageOf(stage, stages);
        const replaceable = chain.includes(stage) ? undefined : stage.from.name;
        return stage.instructions.map((instruction) => ({ instruction, base, replaceable }));
      });
  } catch (error) {
    // Docker would be of no help with build contexts.
    if (Object.keys(selection.buildContexts ?? {}).length > 0) throw error;
    if (dockerfile.instructions.some((each) => unsupportedReason(each, dockerfile.escape, {}) !== undefined))
      return dockerfile.instructions.map((instruction) => ({ instruction }));
    throw error;
  }
}

function baseImageOf({ base }: Stage, stages: StagePlan['stages']): ImageReference | undefined {
  if (base.kind === 'stage') return baseImageOf(stages[base.index]!, stages);
  return base.kind === 'image' ? base.reference : undefined;
}

function unsupportedReason(
  instruction: Instruction,
  escape: Escape,
  { canRun = false, whyNoRun }: InstructionSelection,
  base?: ImageReference,
): string | undefined {
  switch (instruction.keyword) {
    case 'RUN': {
      if (!canRun) return 'RUN needs Docker';
      const why = whyNoRun?.(base);
      return why === undefined ? unsupportedRunReason(instruction, escape) : `RUN needs Docker: ${why}`;
    }
    case 'ONBUILD':
      return canRun ? undefined : "it doesn't support ONBUILD triggers";
    case 'COPY':
    case 'ADD':
      return unsupportedCopyReason(instruction);
    default:
      return undefined;
  }
}

function unsupportedRunReason({ rest }: RunInstruction, escape: Escape): string | undefined {
  const { flags } = splitFlags(rest, escape);
  if (mountFieldsOf(rest, escape).some((fields) => mountType(fields) === 'ssh'))
    return '--mount=type=ssh: no SSH agent is reachable from RUN. Use a token as a secret';
  const other = flags.find((flag) => !/^--(?:mount|network)=/.test(flag) && flag !== '--security=sandbox');
  return other === undefined ? undefined : `it doesn't support ${other.replace(/=.*/s, '')}`;
}

const archive = /\.(?:tar|tar\.\w+|tgz|tbz2?|txz|tzst)$/i;

function unsupportedCopyReason({ keyword, sources, flags, heredocs }: CopyInstruction): string | undefined {
  if (heredocs.length > 0) return "it doesn't support heredocs";
  for (const flag of ['parents', 'checksum', 'unpack', 'keep-git-dir'])
    if (flags.has(flag)) return `it doesn't support --${flag}`;
  if (sources.some((source) => /^(?:https?:|git@|git:|ssh:)/i.test(source)))
    return "it doesn't download files: add the file to the build context";
  if (keyword === 'ADD' && sources.some((source) => archive.test(source))) return "it doesn't extract archives";
  const chmod = flags.get('chmod');
  if (chmod !== undefined && /^[ugoa+=-]/.test(chmod)) return '--chmod must be octal, as in --chmod=755';
  return undefined;
}
