import { text } from 'node:stream/consumers';
import { describeFault, type Fault, faultPresets, isFaultUnfired } from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';
import { print, connectRunning } from './sandbox.ts';

interface Options {
  readonly json?: boolean;
}

/** `tozo sandbox fault list` */
export async function listFaults({ json = false }: Options, { stdout }: CommandContext): Promise<void> {
  const faults = await (await connectRunning()).faults();
  print(stdout, json, faults, faults.length === 0 ? 'No faults are set.' : faults.map(describeFault).join('\n'));
}

/** `tozo sandbox fault presets` */
export function listPresets({ json = false }: Options, { stdout }: CommandContext): void {
  const width = Math.max(...Object.keys(faultPresets).map((name) => name.length));
  const lines = Object.entries(faultPresets).map(([name, { description }]) => `${name.padEnd(width)}  ${description}`);
  print(stdout, json, faultPresets, lines.join('\n'));
}

/** `tozo sandbox fault add`. Throws UsageError unless the argument is JSON or a preset's name. */
export async function addFault(
  argument: string,
  { json = false }: Options,
  { stdin, stdout }: CommandContext,
): Promise<void> {
  const fault = argument === '-' ? parseJsonFault(await text(stdin), 'stdin') : resolveFault(argument);
  const set = await (await connectRunning()).addFault(fault);
  print(stdout, json, set, `Set fault ${describeFault(set)}`);
}

/** `tozo sandbox fault clear [number…]` */
export async function clearFaults(
  numbers: readonly string[],
  { json = false }: Options,
  { stdout }: CommandContext,
): Promise<void> {
  const invalid = numbers.find((number) => !/^[1-9]\d{0,8}$/.test(number));
  if (invalid !== undefined)
    throw new UsageError(`"${invalid}" isn't a fault number: run tozo sandbox fault list to see them.`);
  const sandbox = await connectRunning();
  const known = (await sandbox.faults()).map(({ id }) => String(id));
  const unknown = numbers.find((number) => !known.includes(number));
  if (unknown !== undefined) throw new UsageError(`No fault ${unknown}: run tozo sandbox fault list to see them.`);
  const cleared =
    numbers.length === 0
      ? await sandbox.clearFaults()
      : (await Promise.all([...new Set(numbers)].map((number) => sandbox.clearFaults(Number(number))))).flat();
  const left = cleared.filter(isFaultUnfired).map((fault) => `  ${describeFault(fault)}`);
  const count = cleared.length === 1 ? '1 fault' : `${cleared.length} faults`;
  print(
    stdout,
    json,
    cleared,
    [`Cleared ${count}.${left.length > 0 ? " These didn't fire as often as configured:" : ''}`, ...left].join('\n'),
  );
}

function resolveFault(argument: string): Fault {
  if (argument.trimStart().startsWith('{')) return parseJsonFault(argument, 'the argument');
  const preset = Object.entries(faultPresets).find(([name]) => name === argument)?.[1];
  if (preset) return preset.fault;
  const names = Object.keys(faultPresets).join(', ');
  throw new UsageError(`${argument} is neither JSON nor a preset. Use one of ${names}.`);
}

/** The sandbox checks the rest. */
function parseJsonFault(json: string, where: string): Fault {
  try {
    return JSON.parse(json) as Fault;
  } catch (error) {
    throw new UsageError(`The fault in ${where} isn't JSON: ${(error as Error).message}.`, { cause: error });
  }
}
