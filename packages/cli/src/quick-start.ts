import type { ProcessContext } from './process-context.ts';
import { readCommandLine } from './run-command.ts';
import { runProcess } from './run-process.ts';

/*
 * What the published package starts with: help and wrong arguments don't wait for the code of all commands, which is the
 * bundle next to this one.
 */

export async function runCommand(argv: readonly string[], process: ProcessContext): Promise<number> {
  return readCommandLine(argv, process, async () => (await import('./bundle.ts')).runCommand(argv, process));
}

export async function run(argv: readonly string[]): Promise<void> {
  return runProcess((process) => runCommand(argv, process));
}
