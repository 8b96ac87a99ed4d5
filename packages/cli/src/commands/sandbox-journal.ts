import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JournalEntry, type JournalFilter, SandboxError, type Service, toHar } from '@tozo/sandbox/connect';
import { redactStrings } from '../output/clean.ts';
import type { Output } from '../output/output.ts';
import { jsonText, printable } from '../output/printable.ts';
import type { Redaction } from '../output/redaction.ts';
import { journalHeader, journalLine } from '../render/journal.ts';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';
import { connectRunning } from './sandbox.ts';

export interface JournalOptions {
  readonly service?: Service;
  readonly method?: string;
  /** A regular expression. */
  readonly path?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  /** A file, or `-` for stdout. */
  readonly har?: string;
}

const followEveryMs = 250;

/** `tozo sandbox journal`. Throws UsageError when no sandbox is running or the file can't be written. */
export async function journalCommand(options: JournalOptions, context: CommandContext): Promise<void> {
  const filter = filterOf(options);
  const sandbox = await connectRunning();
  const { stdout: output, stderr, redaction } = context;
  const entries = await sandbox.journal(filter);
  if (options.har !== undefined) return await writeHar(entries, options.har, output, redaction);
  if (options.json !== true) output.write(`${journalHeader}\n`);
  show(entries, options, output);
  if (options.follow !== true) return;
  const stopped = await follow(
    (after) => sandbox.journal({ ...filter, after }),
    entries,
    (more) => show(more, options, output),
    () => output.isOpen,
  );
  if (stopped) stderr.write('The sandbox has stopped.\n');
}

function filterOf({ service, method, path }: JournalOptions): JournalFilter {
  return {
    ...(service === undefined ? {} : { service }),
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(path === undefined ? {} : { path: expressionOf(path) }),
  };
}

function expressionOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--path ${text} isn't a regular expression: ${(error as Error).message}.`, { cause: error });
  }
}

function show(entries: readonly JournalEntry[], { json = false }: JournalOptions, output: Output): void {
  for (const entry of entries) {
    if (json) output.writeJson(entry);
    else output.write(`${printable(journalLine(entry))}\n`);
  }
}

/** Reads until the sandbox stops or the reader closes the pipe. Returns whether the sandbox stopped. */
async function follow(
  read: (after: number) => Promise<JournalEntry[]>,
  seen: readonly JournalEntry[],
  onEntries: (entries: readonly JournalEntry[]) => void,
  isReaderOpen: () => boolean,
): Promise<boolean> {
  let after = seen.at(-1)?.number ?? 0;
  while (isReaderOpen()) {
    await sleep(followEveryMs);
    try {
      const more = await read(after);
      after = more.at(-1)?.number ?? after;
      if (more.length > 0) onEntries(more);
    } catch (error) {
      if (!(error instanceof SandboxError && error.code === 'NOT_RUNNING')) throw error;
      return true;
    }
  }
  return false;
}

async function writeHar(
  entries: readonly JournalEntry[],
  file: string,
  output: Output,
  redaction: Redaction,
): Promise<void> {
  const har = toHar(entries);
  if (file === '-') return output.writeJson(har, 1);
  const text = `${jsonText(redactStrings(har, redaction), 1)}\n`;
  try {
    await writePrivate(file, text);
  } catch (error) {
    throw new UsageError(
      `Can't write ${file}: ${(error as Error).message}. Use another file; the sandbox still has its journal.`,
      { cause: error },
    );
  }
  output.write(`Wrote ${entries.length} requests to ${file}.\n`);
}

/** Makes the file readable by its owner only, also one that exists. */
async function writePrivate(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  await using _closing = { [Symbol.asyncDispose]: () => handle.close() };
  if ((await handle.stat()).isFile()) await handle.chmod(0o600);
  await handle.writeFile(text);
}
