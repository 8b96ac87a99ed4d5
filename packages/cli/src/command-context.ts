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
  };
}
