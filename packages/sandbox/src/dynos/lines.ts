import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Heroku's Logplex cuts lines at 10,000 bytes. Counting characters is close enough. */
const maxLine = 10_000;

/** What is called with a stream's content. */
export interface OutputTarget {
  /** Called for each line, also for an unterminated last one. Longer lines come in parts. */
  readonly onOutput: (line: string) => void;
  readonly onBytes?: (bytes: Buffer) => void;
}

/** Reads a stream to its end. */
export function readLines(stream: Readable, { onOutput: onLine, onBytes }: OutputTarget): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    onBytes?.(chunk);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) emit(line.replace(/\r$/, ''), onLine);
    while (rest.length > maxLine) {
      onLine(rest.slice(0, maxLine));
      rest = rest.slice(maxLine);
    }
  });
  stream.on('end', () => {
    rest += decoder.end();
    if (rest !== '') emit(rest, onLine);
  });
  // The process has ended; its exit code is reported elsewhere.
  stream.on('error', () => undefined);
}

function emit(line: string, onLine: (line: string) => void): void {
  for (let start = 0; start < line.length || start === 0; start += maxLine) onLine(line.slice(start, start + maxLine));
}
