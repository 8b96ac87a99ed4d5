import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** What a dyno's script waits for until the test lets it go on: a time would be too long here and too short there. */
export interface Gate extends AsyncDisposable {
  open(): Promise<void>;
  close(): Promise<void>;
  /** A script that runs another once the gate is open. */
  whenOpen(script: string): string;
}

export async function closedGate(): Promise<Gate> {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'open');
  return {
    open: () => writeFile(file, ''),
    close: () => rm(file),
    whenOpen: (script) => `
      const closed = setInterval(() => {
        if (!require('node:fs').existsSync(${JSON.stringify(file)})) return;
        clearInterval(closed);
        ${script}
      }, 10);`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
