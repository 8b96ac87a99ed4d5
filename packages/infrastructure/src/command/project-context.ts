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

/** TF_CLI_ARGS and TF_CLI_ARGS_NAME add options to commands, also ones with which `plan` or `apply` does something else. */
const addsOptions = (name: string): boolean => /^TF_CLI_ARGS(?:_|$)/.test(name);

/** Returns the variables that add options to Terraform's commands, which don't get them. */
export function ignoredVariables(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter((name) => addsOptions(name) && env[name]);
}

export function processOptions({ directory, env: inherited, signal, again, onLine }: ProjectContext): ProcessOptions {
  const env = Object.fromEntries(Object.entries(inherited).filter(([name]) => !addsOptions(name)));
  return { cwd: directory, env, ...(signal && { signal }), ...(again && { again }), onLine };
}
