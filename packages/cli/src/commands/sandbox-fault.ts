import { text } from 'node:stream/consumers';
import { describeFault, type Fault, faultPresets, isFaultLeft } from '@tozo/sandbox/connect';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';
import { print, runningSandbox } from './sandbox.ts';

interface Options {
  readonly json?: boolean;
}

/** `tozo sandbox fault list` */
export async function listFaults({ json = false }: Options, { stdout }: Surroundings): Promise<void> {
  const faults = await (await runningSandbox()).faults();
  print(stdout, json, faults, faults.length === 0 ? 'No faults are set.' : faults.map(describeFault).join('\n'));
}

/** `tozo sandbox fault presets` */
export function listPresets({ json = false }: Options, { stdout }: Surroundings): void {
  const width = Math.max(...Object.keys(faultPresets).map((name) => name.length));
  const lines = Object.entries(faultPresets).map(([name, { description }]) => `${name.padEnd(width)}  ${description}`);
  print(stdout, json, faultPresets, lines.join('\n'));
}

/** `tozo sandbox fault add`. Throws UsageError when the text is neither JSON nor a preset's name. */
export async function addFault(
  argument: string,
  { json = false }: Options,
  { stdin, stdout }: Surroundings,
): Promise<void> {
  const fault = argument === '-' ? faultIn(await text(stdin), 'stdin') : faultOf(argument);
  const set = await (await runningSandbox()).addFault(fault);
  print(stdout, json, set, `Set fault ${describeFault(set)}`);
}

/** `tozo sandbox fault clear [number…]` */
export async function clearFaults(
  numbers: readonly string[],
  { json = false }: Options,
  { stdout }: Surroundings,
): Promise<void> {
  const wrong = numbers.find((number) => !/^[1-9]\d{0,8}$/.test(number));
  if (wrong !== undefined) throw new UsageError(`${wrong} is no fault's number: tozo sandbox fault list shows them.`);
  const sandbox = await runningSandbox();
  const known = (await sandbox.faults()).map(({ id }) => String(id));
  const unknown = numbers.find((number) => !known.includes(number));
  if (unknown !== undefined) throw new UsageError(`There is no fault ${unknown}: tozo sandbox fault list shows them.`);
  const cleared =
    numbers.length === 0
      ? await sandbox.clearFaults()
      : (await Promise.all([...new Set(numbers)].map((number) => sandbox.clearFaults(Number(number))))).flat();
  const left = cleared.filter(isFaultLeft).map((fault) => `  ${describeFault(fault)}`);
  const what = cleared.length === 1 ? '1 fault is' : `${cleared.length} faults are`;
  print(
    stdout,
    json,
    cleared,
    [`${what} cleared.${left.length > 0 ? ' Not fired as often as they should:' : ''}`, ...left].join('\n'),
  );
}

function faultOf(argument: string): Fault {
  if (argument.trimStart().startsWith('{')) return faultIn(argument, 'the argument');
  const preset = Object.entries(faultPresets).find(([name]) => name === argument)?.[1];
  if (preset) return preset.fault;
  const names = Object.keys(faultPresets).join(', ');
  throw new UsageError(`${argument} is neither JSON nor a preset. Presets are ${names}.`);
}

/** What it must hold besides being JSON is checked where it is set. */
function faultIn(json: string, where: string): Fault {
  try {
    return JSON.parse(json) as Fault;
  } catch (error) {
    throw new UsageError(`The fault in ${where} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}
