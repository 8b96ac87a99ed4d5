import type { Dockerfile } from '../dockerfile/parse.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import type { CopyInstruction, Instruction } from '../dockerfile/instruction.ts';
import { instructionUnsupported, type UnsupportedInstruction } from '../dockerfile/unsupported.ts';

export type BuilderChoice =
  { readonly builder: 'direct' } | { readonly builder: 'docker'; readonly reasons: readonly UnsupportedInstruction[] };

/**
 * The direct builder where it can do everything that the Dockerfile says, else the docker builder with every reason.
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function chooseBuilder(dockerfileText: string): BuilderChoice {
  const reasons = unsupported(parseDockerfile(dockerfileText));
  return reasons.length === 0 ? { builder: 'direct' } : { builder: 'docker', reasons };
}

/** @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, naming every line and the docker builder */
export function requireDirect(dockerfile: Dockerfile): void {
  const reasons = unsupported(dockerfile);
  if (reasons.length > 0) throw instructionUnsupported(reasons);
}

function unsupported({ instructions, syntax }: Dockerfile): UnsupportedInstruction[] {
  const reasons = instructions.flatMap((instruction, index) => {
    const isLaterStage = instruction.keyword === 'FROM' && instructions.findIndex(isFrom) !== index;
    const reason = isLaterStage ? 'it builds a Dockerfile of one stage' : reasonAgainst(instruction);
    return reason === undefined ? [] : [{ line: instruction.line, instruction: instruction.text, reason }];
  });
  if (syntax === undefined || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax))
    return reasons;
  return [
    { line: 1, instruction: `# syntax=${syntax}`, reason: 'the file is written for another frontend' },
    ...reasons,
  ];
}

function isFrom({ keyword }: Instruction): boolean {
  return keyword === 'FROM';
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
  if (flags.has('from')) return 'it copies from the build context only, not from stages or other images';
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
