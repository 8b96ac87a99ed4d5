import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The part of Nx's project graph that is read here. The rest is handed back to Nx. */
export interface NxGraph {
  readonly nodes: Readonly<Record<string, { readonly name: string; readonly data: { readonly root: string } }>>;
}

/** Where Nx 23, and versions before it, keep files that they don't export. */
const homes = ['dist/src', 'src'];

function nxDirectory(require: NodeJS.Require, directory: string): string {
  try {
    return dirname(require.resolve('nx/package.json'));
  } catch (error) {
    throw new Error(`the package nx isn't installed in ${directory}`, { cause: error });
  }
}

/**
 * Returns a function that loads a file of the Nx that the workspace has, such as `devkit-exports`. The command is one file,
 * which may be anywhere else and must start without Nx.
 * @throws Error if Nx isn't installed; the function throws if this version of Nx doesn't have the file
 */
export function loadNx(directory: string): (path: string) => unknown {
  const require = createRequire(join(directory, 'package.json'));
  const nx = nxDirectory(require, directory);
  return (path) => {
    for (const home of homes) {
      try {
        return require(join(nx, home, path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      }
    }
    throw new Error(`Nx in ${nx} has no ${path}`);
  };
}
