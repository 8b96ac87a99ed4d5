import type { Readable, Writable } from 'node:stream';
import { createOutput, type Output, type OutputStream } from './output/output.ts';
import type { Redaction } from './output/redaction.ts';

/** What the process gives a command besides its arguments. */
export interface ProcessContext {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Registers what handles an error that nothing catches. Returns the exit code with which the process ends at once. */
  onCrash?(handle: (error: unknown) => number): void;
}

/** What commands work with: everything they print is redacted and printable. */
export interface CommandContext {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: ProcessContext['stdin'];
  readonly stdout: Output;
  readonly stderr: Output;
  /** The secrets that `stdout` and `stderr` redact. */
  readonly redaction: Redaction;
  /** Where questions are asked. */
  readonly prompt: Writable;
  /** What is said, synchronously, before a crash ends the process. Returns the exit code. */
  lastWords: (reason: unknown) => number;
}

export function commandContextOf(
  { cwd, env, stdin, stdout, stderr }: ProcessContext,
  redaction: Redaction,
): CommandContext {
  return {
    cwd,
    env,
    stdin,
    stdout: createOutput(stdout, redaction, env),
    stderr: createOutput(stderr, redaction, env),
    redaction,
    prompt: stderr,
    lastWords: () => 1,
  };
}
