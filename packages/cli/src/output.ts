import type { Writable } from 'node:stream';

/** Where everything that a command prints goes through: secrets are cut, and a reader that went away is no error. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

const gone = new Set(['EPIPE', 'ECONNRESET']);

/** @param redact cuts secrets out of whole lines, so it is given nothing less */
export function createOutput(
  stream: Writable & { isTTY?: boolean; columns?: number },
  redact: (text: string) => string,
): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone.has(error.code ?? '')) throw error;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80;
    },
    write(text) {
      if (stream.writable) stream.write(redact(text));
    },
  };
}
