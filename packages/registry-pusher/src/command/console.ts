import type { RegistryPusherError } from '../image/errors.ts';

/** Prints a command's result to stdout and everything else to stderr. Ignores readers that close the pipe. */
export interface Console {
  /** Prints a result: as text, or with `--json` the value as one line of JSON. */
  printResult(text: string, value?: unknown): void;
  note(line: string): void;
  /** Updates the progress on one line of a terminal. */
  showProgress(text: string): void;
  printError(error: RegistryPusherError): void;
}

/** @param json whether results and errors are JSON, one object a line */
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
    printResult: (text, value) => {
      const cleared = clear();
      if (cleared !== '') stderr.write(cleared);
      stdout.write(json && value !== undefined ? `${JSON.stringify(value)}\n` : text);
    },
    note: (line) => void stderr.write(`${clear()}${line}\n`),
    showProgress: (text) => {
      if (!stderr.isTTY) return;
      stderr.write(`${clear()}${text}`);
      unfinished = true;
    },
    printError: ({ code, message }) => {
      if (json) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
      else stderr.write(`${clear()}registry-pusher: ${message}\n`);
    },
  };
}

/** Waits until all output is written. */
export async function flushOutput(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => new Promise<void>((done) => stream.write('', () => done()))));
}

function ignore(): void {}
