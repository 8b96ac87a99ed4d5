import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.ts';

/** Holds a dyno's script until the test opens it. A fixed sleep would be too long or too short. */
export interface Gate extends AsyncDisposable {
  open(): Promise<void>;
  close(): Promise<void>;
  /** Returns a script that runs another one when the gate opens. */
  whenOpen(script: string): string;
}

export async function closedGate(): Promise<Gate> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'open');
  return {
    open: () => writeFile(file, ''),
    close: () => rm(file),
    whenOpen: (script) => `
      const closed = setInterval(() => {
        if (!require('node:fs').existsSync(${JSON.stringify(file)})) return;
        clearInterval(closed);
        ${script}
      }, 10);`,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
