import type { Readable, Writable } from 'node:stream';

export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What the process gives a command besides its arguments. */
export interface ProcessContext {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Registers what handles an error that nothing catches. Returns the exit code with which the process ends at once. */
  onCrash?(handle: (error: unknown) => number): void;
}
