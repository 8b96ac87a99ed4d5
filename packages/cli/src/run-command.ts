import { CommanderError } from 'commander';
import { type CommandContext, commandContextOf } from './command-context.ts';
import { createRedaction } from './output/redaction.ts';
import type { ProcessContext } from './process-context.ts';
import { createProgram } from './program.ts';
import { UsageError, usageExitCode } from './usage-error.ts';

/**
 * Runs the command that the arguments of `tozo` name. Returns its exit code once everything is printed.
 * @param argv the arguments after the command's name
 */
export async function runCommand(argv: readonly string[], process: ProcessContext): Promise<number> {
  const context = commandContextOf(process, createRedaction(process.env));
  process.onCrash?.((error) => {
    context.stderr.write(`${describeError(error)}\n`);
    return context.lastWords(error);
  });
  return parseAndRun(argv, context);
}

/**
 * Like `runCommand`, but only prints help, the version and what is wrong with the arguments.
 * @param act runs instead of a command, and returns its exit code
 */
export async function readCommandLine(
  argv: readonly string[],
  process: ProcessContext,
  act: () => Promise<number>,
): Promise<number> {
  return parseAndRun(argv, commandContextOf(process, createRedaction(process.env)), act);
}

async function parseAndRun(
  argv: readonly string[],
  context: CommandContext,
  act?: () => Promise<number>,
): Promise<number> {
  const exitCode = await parse(argv, context, act);
  await Promise.all([context.stdout.flush(), context.stderr.flush()]);
  return exitCode;
}

async function parse(argv: readonly string[], context: CommandContext, act?: () => Promise<number>): Promise<number> {
  let exitCode = 0;
  try {
    const program = createProgram(context, (code) => (exitCode = code));
    if (act)
      program.hook('preAction', async () => {
        throw new Acted(await act());
      });
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof Acted) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    context.stderr.write(`${describeError(error)}\n`);
    return error instanceof UsageError ? usageExitCode : 1;
  }
}

/** Keeps a command from running. */
class Acted {
  readonly exitCode: number;

  constructor(exitCode: number) {
    this.exitCode = exitCode;
  }
}

/** Anything but a usage error is a defect, and its stack trace helps to find it. */
function describeError(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
