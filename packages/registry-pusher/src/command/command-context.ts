import type { Console } from './console.ts';

/** The environment that a command runs in. */
export interface CommandContext {
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The source of the password for `--password-stdin`. */
  readonly stdin: NodeJS.ReadableStream;
}
