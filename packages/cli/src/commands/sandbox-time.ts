import { parseDuration, type TimeMove } from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import { connectRunning, print } from './sandbox.ts';

/** `tozo sandbox time [move]`: prints the running sandbox's time, after moving it forward by `+30m` or to a time in ISO format. */
export async function timeCommand(
  move: string | undefined,
  { json = false }: { readonly json?: boolean },
  { stdout }: CommandContext,
): Promise<void> {
  const parsed = move === undefined ? undefined : parseMove(move);
  const sandbox = await connectRunning();
  const time = await (parsed ? sandbox.moveTime(parsed) : sandbox.time());
  print(stdout, json, { time: time.toISOString() }, time.toISOString());
}

function parseMove(move: string): TimeMove {
  return /^\d{4}-/.test(move) ? { to: move } : { by: parseDuration(move) };
}
