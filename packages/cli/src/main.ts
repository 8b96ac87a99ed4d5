import { runCommand } from './run-command.ts';
import { runProcess } from './run-process.ts';

/**
 * Runs the command `tozo` and sets the process's exit code.
 * @param argv the arguments after the command's name
 */
export async function run(argv: readonly string[]): Promise<void> {
  return runProcess((process) => runCommand(argv, process));
}
