import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where vitest.compile.ts puts the packages, as npm would. */
const compiledPackages = fileURLToPath(new URL('../../out/compiled/node_modules/@tozo', import.meta.url));

/** The script of a package's command, for Node. */
export const compiledProgram = (packageName: string, command: string): string =>
  join(compiledPackages, packageName, 'bin', `${command}.js`);
