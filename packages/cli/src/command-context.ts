import type { Writable } from 'node:stream';
import { createOutput, type Output } from './output/output.ts';
import type { Redaction } from './output/redaction.ts';
import type { ProcessContext } from './process-context.ts';

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
