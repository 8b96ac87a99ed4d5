import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usage-error.ts';

const usageExitCode = 2;

/**
 * Carries out what the arguments of `tozo` say; gives the exit code.
 * @param argv the arguments after the command's name
 */
export async function answer(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  let code = 0;
  try {
    const program = createProgram(surroundings, (exitCode) => (code = exitCode));
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) surroundings.stderr.write(`${describeError(error)}\n`);
    return exitCodeFor(error);
  }
}

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
