import { abortOnFailure } from '../abort-on-failure.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { CommandContext } from './command-context.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { usage } from './usage.ts';

const exitCodes = { success: 0, failure: 1, usage: 2 } as const;
const usageErrors = new Set(['OPTIONS_INVALID', 'REFERENCE_INVALID', 'HOST_REFUSED']);

/** Runs the command line and returns the exit code. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  const { console } = context;
  try {
    const args = parseCommandLine(argv);
    if (args.command !== 'help')
      return await abortOnFailure(context.signal, (signal) => dispatch(args, { ...context, signal }));
    console.printResult(usage);
    return exitCodes.success;
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) throw error;
    console.printError(error);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.failure;
  }
}

/** Imports only the requested command, which keeps startup fast. */
async function dispatch(args: Exclude<CommandLine, { command: 'help' }>, context: CommandContext): Promise<number> {
  switch (args.command) {
    case 'push':
      return (await import('./push.ts')).pushCommand(args, context);
    case 'build':
      return (await import('./build-command.ts')).buildCommand(args, context);
    case 'inspect':
      return (await import('./inspect.ts')).inspectCommand(args, context);
    case 'diff':
      return (await import('./diff.ts')).diffCommand(args, context);
  }
}
