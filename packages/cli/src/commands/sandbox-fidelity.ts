import { readFile } from 'node:fs/promises';
import { assumedOperations, fidelityRows, renderRow } from '@tozo/sandbox/fidelity';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';
import { connectRunning } from './sandbox.ts';

export interface FidelityOptions {
  readonly json?: boolean;
}

/** `tozo sandbox explain [ID]`: shows the rows whose ID is or begins with `id`, or lists all of them, one a line. */
export function explainCommand(
  id: string | undefined,
  { json = false }: FidelityOptions,
  { stdout }: CommandContext,
): void {
  const rows = fidelityRows();
  if (id === undefined) {
    if (json) stdout.writeJson(rows);
    else stdout.write(rows.map((row) => `${row.id}  ${row.claim}\n`).join(''));
    return;
  }
  const found = rows.filter((row) => row.id === id || row.id.startsWith(`${id}.`));
  const similar = rows.filter((row) => row.id.includes(id)).map((row) => row.id);
  if (found.length === 0) {
    const advice =
      similar.length > 0 ? `Similar: ${similar.join(', ')}` : 'Use heroku, registry, hub, gitlab or router.';
    throw new UsageError(`No behavior is named ${id}. ${advice}`);
  }
  if (json) stdout.writeJson(found);
  else stdout.write(`${found.map((row) => renderRow(row)).join('\n\n')}\n`);
}

/** `tozo sandbox check`: lists the requests of a journal that rested on assumptions. */
export async function checkCommand(
  file: string | undefined,
  { json = false }: FidelityOptions,
  { stdout }: CommandContext,
): Promise<void> {
  const entries = file === undefined ? await (await connectRunning()).journal() : await readJournal(file);
  const found = assumedOperations(entries);
  if (json) {
    stdout.writeJson({ requests: entries.length, operations: found });
    return;
  }
  const lines = found.flatMap(({ operation, requests, rows }) => [
    `${operation}  ${requests} ${requests === 1 ? 'request' : 'requests'}`,
    ...rows.map((row) => `  ${row.id}: ${row.claim}`),
  ]);
  const summary = `Kinds of requests that rested on assumptions: ${found.length}. Requests: ${entries.length}.`;
  stdout.write(`${[...lines, summary].join('\n')}\n`);
}

type Entries = Parameters<typeof assumedOperations>[0];

/** Reads what `tozo sandbox journal --json` printed. Throws UsageError. */
async function readJournal(file: string): Promise<Entries> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`Can't read ${file}: ${error.message}`);
  });
  return text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readEntry(line, `${file}:${index + 1}`)]));
}

function readEntry(line: string, place: string): Entries[number] {
  try {
    const entry = JSON.parse(line) as Partial<Record<string, unknown>> | null;
    if (['service', 'method', 'path'].every((field) => typeof entry?.[field] === 'string')) {
      return entry as unknown as Entries[number];
    }
  } catch {
    // The error below says what is expected.
  }
  throw new UsageError(`${place} isn't an entry of a journal: pass what tozo sandbox journal --json printed.`);
}
