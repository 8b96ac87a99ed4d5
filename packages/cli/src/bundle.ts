import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './main.ts';

export { runCommand } from './run-command.ts';
export { run };

/** The bundle is also a command of its own: `node tozo.js deploy` needs no installation. */
const [, script] = process.argv;
if (script !== undefined && isThisFile(script)) void run(process.argv.slice(2));

function isThisFile(path: string): boolean {
  try {
    return realpathSync(path) === realpathSync(fileURLToPath(import.meta.url));
  } catch {
    return false;
  }
}
