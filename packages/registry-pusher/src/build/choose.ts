import type { Dockerfile } from './dockerfile/parse.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import type { CopyInstruction, Instruction } from './dockerfile/instruction.ts';
import { planStages } from './dockerfile/stages.ts';
import { instructionUnsupportedError, type UnsupportedInstruction } from './dockerfile/errors.ts';
import type { BuildRequest } from './builder.ts';

export type BuilderChoice =
  { readonly builder: 'direct' } | { readonly builder: 'docker'; readonly reasons: readonly UnsupportedInstruction[] };

/** What of a build request tells which instructions are carried out. */
export type Choosing = Pick<BuildRequest, 'target' | 'buildArgs'>;

/**
 * The direct builder where it can do everything that the target of the Dockerfile needs, else the docker builder with every
 * reason. Stages that the target does not need are not looked at.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function chooseBuilder(dockerfileText: string, choosing: Choosing = {}): BuilderChoice {
  const reasons = unsupported(parseDockerfile(dockerfileText), choosing);
  return reasons.length === 0 ? { builder: 'direct' } : { builder: 'docker', reasons };
}

/** @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, naming every line and the docker builder */
export function requireDirect(dockerfile: Dockerfile, choosing: Choosing = {}): void {
  const reasons = unsupported(dockerfile, choosing);
  if (reasons.length > 0) throw instructionUnsupportedError(reasons);
}

function unsupported(dockerfile: Dockerfile, choosing: Choosing): UnsupportedInstruction[] {
  const { syntax } = dockerfile;
  const reasons = neededInstructions(dockerfile, choosing).flatMap((instruction) => {
    const reason = reasonAgainst(instruction);
    return reason === undefined ? [] : [{ line: instruction.line, instruction: instruction.text, reason }];
  });
  if (syntax === undefined || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax))
    return reasons;
  return [
    { line: 1, instruction: `# syntax=${syntax}`, reason: 'the file is written for another frontend' },
    ...reasons,
  ];
}

/** What Docker alone can carry out may well have stages that Docker alone understands: then all instructions count. */
function neededInstructions(dockerfile: Dockerfile, choosing: Choosing): readonly Instruction[] {
  try {
    return planStages(dockerfile, choosing)
      .needed.toSorted((a, b) => a.index - b.index)
      .flatMap(({ instructions }) => instructions);
  } catch (error) {
    if (dockerfile.instructions.some((each) => reasonAgainst(each) !== undefined)) return dockerfile.instructions;
    throw error;
  }
}

function reasonAgainst(instruction: Instruction): string | undefined {
  switch (instruction.keyword) {
    case 'RUN':
      return 'it executes nothing, so RUN needs Docker';
    case 'ONBUILD':
      return 'it keeps nothing for images built on this one';
    case 'COPY':
    case 'ADD':
      return reasonAgainstCopy(instruction);
    default:
      return undefined;
  }
}

const archive = /\.(?:tar|tar\.\w+|tgz|tbz2?|txz|tzst)$/i;

function reasonAgainstCopy({ keyword, sources, flags, heredocs }: CopyInstruction): string | undefined {
  if (heredocs.length > 0) return 'it does not write files from heredocs';
  for (const flag of ['parents', 'checksum', 'unpack', 'keep-git-dir'])
    if (flags.has(flag)) return `it does not know --${flag}`;
  if (sources.some((source) => /^(?:https?:|git@|git:|ssh:)/i.test(source)))
    return 'it downloads nothing; put the file into the build context';
  if (keyword === 'ADD' && sources.some((source) => archive.test(source)))
    return 'it does not unpack archives; COPY does what ADD does to other files';
  const chmod = flags.get('chmod');
  if (chmod !== undefined && /^[ugoa+=-]/.test(chmod)) return '--chmod takes octal digits here, as in --chmod=755';
  return undefined;
}
