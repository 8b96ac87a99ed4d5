import { styleText } from 'node:util';
import { redactStrings } from './clean.ts';
import { shouldUseColor } from './color.ts';
import { commandName, nameCommands } from './command-name.ts';
import type { OutputStream } from '../process-context.ts';
import { type ControlSequence, isControlSequence } from './control.ts';
import { jsonText, printableLines } from './printable.ts';
import type { Redaction } from './redaction.ts';

export type Style = Parameters<typeof styleText>[0];

/** Text is data: secrets are redacted, and invisible characters other than line breaks are escaped. */
export type Part = string | StyledText | QuotedText | ControlSequence;

/** Text that is colored where the output has colors. */
export interface StyledText {
  readonly style: Style;
  readonly text: string;
}

/** What a file has, to the letter: commands in it are not the reader's. */
export interface QuotedText {
  readonly quoted: string;
}

/** The only way to print. Never throws: what can't be written doesn't change how a command ends. */
export interface Output {
  /** Whether lines can be overwritten. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** False once writing failed: the reader is gone, or the disk is full. */
  readonly isOpen: boolean;
  write(...parts: readonly Part[]): void;
  /** Writes one JSON document and a line break. @param indent as in JSON.stringify */
  writeJson(value: unknown, indent?: number): void;
  /** Waits until everything is written. Returns whether that succeeded. */
  flush(): Promise<boolean>;
}

export function createOutput(stream: OutputStream, redaction: Redaction, env: NodeJS.ProcessEnv = {}): Output {
  const useColor = shouldUseColor(env, stream);
  const name = commandName(env, process.argv[1]);
  let failed = false;
  let pending: Promise<void> = Promise.resolve();
  stream.on('error', () => (failed = true));

  const isOpen = (): boolean => !failed && stream.writable;
  function writeBytes(bytes: string): void {
    if (!isOpen()) return;
    pending = new Promise((resolve) => {
      try {
        stream.write(bytes, (error) => {
          failed ||= error instanceof Error;
          resolve();
        });
      } catch {
        failed = true; // the stream of a file throws when the disk is full
        resolve();
      }
    });
  }
  function bytesOf(part: Part): string {
    if (isControlSequence(part)) return part.bytes;
    const printable = (text: string): string => printableLines(redaction.redact(text));
    if (typeof part !== 'string' && 'quoted' in part) return printable(part.quoted);
    const text = nameCommands(printable(typeof part === 'string' ? part : part.text), name);
    return typeof part === 'string' || !useColor ? text : styleText(part.style, text, { validateStream: false });
  }
  return {
    isTerminal: stream.isTTY === true && env['TERM'] !== 'dumb',
    get columns() {
      return stream.columns || 80;
    },
    get isOpen() {
      return isOpen();
    },
    write: (...parts) => writeBytes(parts.map(bytesOf).join('')),
    writeJson: (value, indent) => writeBytes(`${jsonText(redactStrings(value, redaction), indent)}\n`),
    async flush() {
      await pending;
      return isOpen();
    },
  };
}
