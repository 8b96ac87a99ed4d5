import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs the command `tozo` and sets the process's exit code.
 * @param argv the arguments after the command's name
 */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeFor(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${describeError(error)}\n`);
  }
}

const usageExitCode = 2;

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
  return error instanceof UsageError || isOurs(error) ? usageExitCode : 1;
}

/** Errors of our packages carry a code and a text for people; anything else is a defect, and its stack helps to find it. */
function describeError(error: unknown): string {
  if (error instanceof UsageError || isOurs(error)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isOurs(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(Deploy|Sandbox|Heroku|RegistryPusher|GitlabVariables|Infrastructure|Affected)/.test(error.name)
  );
}
