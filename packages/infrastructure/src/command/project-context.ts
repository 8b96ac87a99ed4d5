import type { Allowed } from './own-state.ts';
import type { ProcessOptions } from './run-process.ts';

/** A project with an infrastructure.mts, and how its commands run. */
export interface ProjectContext {
  /** The project's directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Interrupts what runs, which then finishes what it's doing. */
  readonly signal?: AbortSignal;
  /** Then ends it at once. Terraform may leave the state locked. */
  readonly again?: AbortSignal;
  /** Receives Terraform's output and notes, line by line. It may contain secrets: redact it. */
  readonly onLine: (line: string) => void;
  /** Uses the file as it is, for callers that have just synthesized it. */
  readonly skipSynth?: boolean;
  /** What an apply may do only if someone said so. */
  readonly allowed?: Allowed;
}

export function processOptions({ directory, env, signal, again, onLine }: ProjectContext): ProcessOptions {
  return { cwd: directory, env, ...(signal && { signal }), ...(again && { again }), onLine };
}
