import { RegistryPusherError } from '../../image/errors.ts';

/** One instruction that the direct builder does not carry out, and why. */
export interface UnsupportedInstruction {
  /** 1-based line in the Dockerfile. */
  readonly line: number;
  /** The instruction as written, continued lines joined. */
  readonly instruction: string;
  readonly reason: string;
}

export function instructionUnsupported(reasons: readonly UnsupportedInstruction[]): RegistryPusherError {
  const list = reasons.map(({ line, instruction, reason }) => `\n  line ${line}: ${instruction}: ${reason}`);
  return new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `The direct builder cannot build this Dockerfile:${list.join('')}\nBuild it with Docker instead: --builder docker.`,
  );
}
