import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Heroku's Logplex cuts lines at 10,000 bytes; here it is characters, which nobody will tell apart. */
const maxLine = 10_000;

/** Calls back for each line, the last one too when nothing ends it; longer lines come in pieces. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
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
  // The process is gone; its exit tells the rest.
  stream.on('error', () => undefined);
}

function emit(line: string, onLine: (line: string) => void): void {
  for (let start = 0; start < line.length || start === 0; start += maxLine) onLine(line.slice(start, start + maxLine));
}
