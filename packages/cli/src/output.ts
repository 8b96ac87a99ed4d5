import type { Writable } from 'node:stream';

/** The one way to print: redacts secrets, and ignores a closed pipe. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

const closedPipeCodes = new Set(['EPIPE', 'ECONNRESET']);

/** @param redact removes secrets; receives whole lines only */
export function createOutput(
  stream: Writable & { isTTY?: boolean; columns?: number },
  redact: (text: string) => string,
): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!closedPipeCodes.has(error.code ?? '')) throw error;
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
