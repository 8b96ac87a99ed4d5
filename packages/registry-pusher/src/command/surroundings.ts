import type { Console } from './console.ts';

/** What a command is given beside its arguments. */
export interface Surroundings {
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a password is read from. */
  readonly stdin: NodeJS.ReadableStream;
}
