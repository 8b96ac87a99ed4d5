import type { RegistryPusherError } from '../image/errors.ts';

/** Where a command prints: its result goes to stdout, everything else to stderr. A reader that went away is no failure. */
export interface Console {
  readonly json: boolean;
  /** Prints a result: text for people, or the value as one line of JSON. */
  result(text: string, value?: unknown): void;
  /** Tells what goes on, in a line of its own. */
  note(text: string): void;
  /** Tells how far something has come; on a terminal it stays on one line. */
  progress(text: string): void;
  failed(error: RegistryPusherError): void;
}

/** @param json results and errors are JSON, one object a line */
export function createConsole(json: boolean): Console {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.off('error', ignore).on('error', ignore);
  let unfinished = false;
  const clear = (): string => {
    const before = unfinished ? '\r\u001B[K' : '';
    unfinished = false;
    return before;
  };
  return {
    json,
    result: (text, value) => {
      const cleared = clear();
      if (cleared !== '') stderr.write(cleared);
      stdout.write(json && value !== undefined ? `${JSON.stringify(value)}\n` : text);
    },
    note: (text) => void stderr.write(`${clear()}${text}\n`),
    progress: (text) => {
      if (!stderr.isTTY) return;
      stderr.write(`${clear()}${text}`);
      unfinished = true;
    },
    failed: ({ code, message }) => {
      if (json) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
      else stderr.write(`${clear()}registry-pusher: ${message}\n`);
    },
  };
}

function ignore(): void {}
