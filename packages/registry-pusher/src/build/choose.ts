import type { Dockerfile } from './dockerfile/parse.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import type { CopyInstruction, Instruction, RunInstruction } from './dockerfile/instruction.ts';
import type { Escape } from './dockerfile/lines.ts';
import { mountFieldsOf, mountType } from './dockerfile/mount-fields.ts';
import { splitFlags } from './dockerfile/words.ts';
import { planStages } from './dockerfile/stages.ts';
import { instructionUnsupportedError, type UnsupportedInstruction } from './dockerfile/errors.ts';
import { purposesOfRun } from './dockerfile/run-purpose.ts';
import type { BuildRequest } from './builder.ts';

export type BuilderChoice =
  { readonly builder: 'direct' } | { readonly builder: 'docker'; readonly reasons: readonly UnsupportedInstruction[] };

/** The parts of a build request that select instructions. */
export type InstructionSelection = Pick<BuildRequest, 'target' | 'buildArgs' | 'buildContexts'> & {
  /** Whether RUN can be executed here. Default false. */
  readonly canRun?: boolean;
  /** Why it can't be executed here. */
  readonly whyNoRun?: string;
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
  const stages = findReplaceableStages(dockerfile, selection);
  const reasons = findNeededInstructions(dockerfile, selection).flatMap((instruction) => {
    const reason = unsupportedReason(instruction, dockerfile.escape, selection);
    if (reason === undefined) return [];
    const purposes = instruction.keyword === 'RUN' ? { purposes: purposesOfRun(instruction.rest) } : {};
    const stage = stages.get(instruction);
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

/** Returns the names of the stages that the target only copies from, which a build context can replace, by instruction. */
function findReplaceableStages(dockerfile: Dockerfile, selection: InstructionSelection): Map<Instruction, string> {
  try {
    const { needed, chain } = planStages(dockerfile, selection);
    const named = needed.filter((stage) => !chain.includes(stage) && stage.from.name !== undefined);
    return new Map(named.flatMap(({ instructions, from }) => instructions.map((each) => [each, from.name!] as const)));
  } catch {
    return new Map();
  }
}

/** Returns all instructions if the stages are invalid and Docker is needed anyway. Docker may understand them. */
function findNeededInstructions(dockerfile: Dockerfile, selection: InstructionSelection): readonly Instruction[] {
  try {
    return planStages(dockerfile, selection)
      .needed.toSorted((a, b) => a.index - b.index)
      .flatMap(({ instructions }) => instructions);
  } catch (error) {
    // Docker would be of no help with build contexts.
    if (Object.keys(selection.buildContexts ?? {}).length > 0) throw error;
    if (dockerfile.instructions.some((each) => unsupportedReason(each, dockerfile.escape, {}) !== undefined))
      return dockerfile.instructions;
    throw error;
  }
}

function unsupportedReason(
  instruction: Instruction,
  escape: Escape,
  { canRun = false, whyNoRun }: InstructionSelection,
): string | undefined {
  switch (instruction.keyword) {
    case 'RUN':
      return canRun
        ? unsupportedRunReason(instruction, escape)
        : `RUN needs Docker${whyNoRun === undefined ? '' : `: ${whyNoRun}`}`;
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
