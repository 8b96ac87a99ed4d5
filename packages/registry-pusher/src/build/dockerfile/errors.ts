import { RegistryPusherError } from '../../image/errors.ts';
import type { RunPurpose } from './run-purpose.ts';

/** An instruction that the direct builder can't carry out, and why. */
export interface UnsupportedInstruction {
  /** 1-based line in the Dockerfile. */
  readonly line: number;
  /** The instruction as written, continued lines joined. */
  readonly instruction: string;
  readonly reason: string;
  /** For RUN: what it's for, and what replaces it. */
  readonly purposes?: readonly RunPurpose[];
  /** The instruction's stage, if the target only copies from it: a build context can replace that one. */
  readonly stage?: string;
}

export function instructionUnsupportedError(reasons: readonly UnsupportedInstruction[]): RegistryPusherError {
  const list = reasons.map(
    ({ line, instruction, reason, purposes = [] }) =>
      `\n  line ${line}: ${instruction}: ${reason}` +
      purposes.map(({ purpose, replacement }) => `\n    It ${purpose}: ${replacement}.`).join(''),
  );
  return new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `The direct builder can't build this Dockerfile:${list.join('')}\n${adviceFor(reasons)}Build it with Docker instead: --builder docker.`,
  );
}

/** If everything is in stages that the target only copies from, a directory can replace each of them. */
function adviceFor(reasons: readonly UnsupportedInstruction[]): string {
  if (reasons.some(({ stage }) => stage === undefined)) return '';
  const stages = [...new Set(reasons.map(({ stage }) => stage!))];
  const options = stages.map((stage) => `--build-context ${stage}=DIR`).join(' ');
  return `Run these lines before the deploy and take what they create from a directory: ${options}, or "stages" in deploy.json.\n`;
}

/** @param line 1-based line in the Dockerfile */
export function dockerfileInvalidError(line: number, what: string): RegistryPusherError {
  return new RegistryPusherError('DOCKERFILE_INVALID', `Dockerfile line ${line}: ${what}`);
}
