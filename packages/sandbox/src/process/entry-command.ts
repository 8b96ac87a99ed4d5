import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBundled } from './package-version.ts';

/** TypeScript sources need a loader; the installed package is JavaScript. */
const extension = extname(fileURLToPath(import.meta.url));
const loaderFlags = extension === '.ts' ? ['--conditions=@tozo/source', '--import=tsx'] : [];

/** What `entry.ts` runs. The command's bundle has it as a file of its own, next to the command. */
export const entryFile = fileURLToPath(new URL(isBundled ? 'sandbox.js' : `../entry${extension}`, import.meta.url));

/** Returns the command that runs one of this package's own processes. */
export function entryCommand(name: 'daemon' | 'remove-leftovers', argument: string): string[] {
  return [process.execPath, ...loaderFlags, entryFile, name, argument];
}
