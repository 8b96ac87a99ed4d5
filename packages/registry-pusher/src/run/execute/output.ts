import { StringDecoder } from 'node:string_decoder';
import { textsToRedact } from '../../files/build-secrets.ts';

export interface RunOutputOptions {
  /** Receives each line, without control characters. */
  readonly onLine: (line: string) => void;
  /** Values to redact. */
  readonly secrets?: readonly string[];
}

/** As much as BuildKit shows. The rest of the output goes on unseen. */
const maxBytes = 2 * 1024 * 1024;
const maxLine = 16 * 1024;
const keptLines = 20;

/** What a RUN prints, as lines that are safe to print. */
export class RunOutput {
  readonly #options: RunOutputOptions;
  readonly #secrets: readonly string[];
  readonly #decoder = new StringDecoder('utf8');
  readonly #recent: string[] = [];
  #unfinished = '';
  #bytes = 0;

  constructor(options: RunOutputOptions) {
    this.#options = options;
    this.#secrets = textsToRedact(options.secrets ?? []);
  }

  /** The last lines. */
  get recent(): readonly string[] {
    return this.#recent;
  }

  add(chunk: Uint8Array): void {
    const lines = (this.#unfinished + this.#decoder.write(Buffer.from(chunk))).split('\n');
    this.#unfinished = lines.pop()!;
    for (const line of lines) this.#print(line);
    if (this.#unfinished.length > maxLine) {
      this.#print(this.#unfinished);
      this.#unfinished = '';
    }
  }

  end(): void {
    const rest = this.#unfinished + this.#decoder.end();
    this.#unfinished = '';
    if (rest !== '') this.#print(rest);
  }

  #print(line: string): void {
    const text = toPrintable(this.#redact(line)).slice(0, maxLine);
    this.#recent.push(text);
    if (this.#recent.length > keptLines) this.#recent.shift();
    const before = this.#bytes;
    this.#bytes += line.length + 1;
    if (this.#bytes <= maxBytes) this.#options.onLine(text);
    else if (before <= maxBytes) this.#options.onLine('[more output than 2 MiB: the rest is left out]');
  }

  #redact(line: string): string {
    return this.#secrets.reduce((text, secret) => text.replaceAll(secret, '[REDACTED]'), line);
  }
}

/** Terminal sequences: CSI, OSC, and other escapes. */
// oxlint-disable-next-line no-control-regex
const sequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** Keeps what a terminal would show at last of a line that is drawn again and again. Removes colors and other commands. */
function toPrintable(line: string): string {
  const shown = line.replace(/\r+$/, '').split('\r').at(-1)!;
  return shown
    .replaceAll(sequences, '')
    .replaceAll(controls, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
