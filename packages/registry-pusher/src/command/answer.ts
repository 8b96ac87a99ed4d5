import { RegistryPusherError } from '../image/errors.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import type { Surroundings } from './surroundings.ts';
import { usage } from './usage.ts';

const exitCodes = { done: 0, failed: 1, usage: 2 } as const;
const usageErrors = new Set(['OPTIONS_INVALID', 'REFERENCE_INVALID', 'HOST_REFUSED']);

/** Carries out what the arguments say; gives the exit code. */
export async function answer(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { console } = surroundings;
  try {
    const line = parseCommandLine(argv);
    if (line.command !== 'help') return await carryOut(line, surroundings);
    console.result(usage);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) throw error;
    console.failed(error);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.failed;
  }
}

/** What a command needs is imported when it runs, so that the others start without it. */
async function carryOut(line: Exclude<CommandLine, { command: 'help' }>, surroundings: Surroundings): Promise<number> {
  switch (line.command) {
    case 'push':
      return (await import('./push.ts')).pushCommand(line, surroundings);
    case 'inspect':
      return (await import('./inspect.ts')).inspectCommand(line, surroundings);
    case 'diff':
      return (await import('./diff.ts')).diffCommand(line, surroundings);
  }
}
