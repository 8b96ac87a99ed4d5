import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspace = fileURLToPath(new URL('../../../', import.meta.url));

/** A package as it's published. */
export interface PublishedPackage {
  readonly name: string;
  readonly directory: string;
  /** The module that users import, absolute. */
  readonly entry: string;
}

/** Returns all packages. @throws Error if they aren't built */
export async function readPackages(): Promise<PublishedPackage[]> {
  const names = (await readdir(join(workspace, 'packages'))).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const directory = publishedDirectory(name);
      const { exports } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
        exports: { '.': { default: string } };
      };
      return { name: `@tozo/${name}`, directory, entry: join(directory, exports['.'].default) };
    }),
  );
}

/** Returns the directory of what gets published of a package. @param name without the scope */
export function publishedDirectory(name: string): string {
  const directory = join(workspace, 'packages', name, 'package');
  if (!existsSync(directory)) throw new Error(`${directory} doesn't exist: run npx nx run-many -t package`);
  return directory;
}
