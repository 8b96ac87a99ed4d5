import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where vitest.compile.ts puts the packages, in npm's layout. */
const compiledPackages = fileURLToPath(new URL('../../out/compiled/node_modules/@tozo', import.meta.url));

/** Returns the script of a package's command, to be run by Node. */
export const compiledProgram = (packageName: string, command: string): string =>
  join(compiledPackages, packageName, 'bin', `${command}.js`);
