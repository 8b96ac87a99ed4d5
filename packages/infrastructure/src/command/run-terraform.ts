import { dirname, relative } from 'node:path';
import { describeLeftLock, failureOf } from './explain-failure.ts';
import type { Terraform } from './find-terraform.ts';
import { processOptions, type ProjectContext } from './project-context.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { parseState, type StoredResource } from './state.ts';
import type { TerraformFile } from './terraform-file.ts';

/** Runs a command of Terraform. Its output is shown as it comes, or only if it fails. */
export type Run = (args: readonly string[], options?: { readonly isShown?: boolean }) => Promise<ProcessResult>;

/** Returns how to run Terraform on a file. */
export function runnerOf({ program }: Terraform, file: TerraformFile, context: ProjectContext): Run {
  const { onLine, signal, again } = context;
  const terraform = commandOf({ program }, file, context);
  const start = (args: readonly string[], to: (line: string) => void, isStoppable = true): Promise<ProcessResult> => {
    const { signal: first, again: second, ...options } = processOptions(context);
    return runProcess(
      program,
      [`-chdir=${dirname(file.path)}`, ...args, ...(args[0] === 'state' ? [] : ['-no-color'])],
      {
        ...options,
        ...(isStoppable && first && { signal: first }),
        ...(isStoppable && second && { again: second }),
        endsOnInterrupts: true,
        // A local state and a plan contain secrets. What init installs may be for all users.
        isPrivate: args[0] !== 'init',
        env: { ...options.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' },
        onLine: to,
      },
    );
  };
  const sayThatItWaits = (): void =>
    onLine('Waiting for Terraform to finish what it has begun. A second signal ends it at once.');

  /** Locks the state and unlocks it again, to find out whether a run that ended at once has left it locked. */
  async function noteLeftLock(): Promise<void> {
    const { code, stdout, stderr } = await start(
      ['untaint', '-allow-missing', 'terraform_data.none'],
      () => undefined,
      false,
    );
    const left = code === 0 ? undefined : describeLeftLock(`${stdout}\n${stderr}`, terraform);
    if (left !== undefined) onLine(left);
  }

  return async (args, { isShown = false } = {}) => {
    const lines: string[] = [];
    signal?.addEventListener('abort', sayThatItWaits, { once: true });
    const result = await start(args, (line) => (isShown ? onLine(line) : lines.push(line))).finally(() =>
      signal?.removeEventListener('abort', sayThatItWaits),
    );
    if (result.code === 0) return result;
    if ((result.code === null || again?.aborted) && ['plan', 'apply'].includes(args[0]!)) await noteLeftLock();
    signal?.throwIfAborted();
    for (const line of lines) onLine(line);
    const output = `${result.stdout}\n${result.stderr}`;
    throw failureOf({ output, command: args[0]!, terraform, exitCode: result.code });
  };
}

/** Returns Terraform with its directory, for messages. */
export function commandOf(
  { program }: Pick<Terraform, 'program'>,
  { path }: TerraformFile,
  { directory }: ProjectContext,
): string {
  return `${program} -chdir=${relative(directory, dirname(path)) || '.'}`;
}

/** Returns what is in the state. */
export async function pullState(run: Run): Promise<StoredResource[]> {
  return parseState((await run(['state', 'pull'])).stdout);
}
