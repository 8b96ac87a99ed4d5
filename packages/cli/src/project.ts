import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Returns a project's name: package.json's without its scope, or else its directory's. */
export async function projectName(folder: string): Promise<string> {
  try {
    const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    if (typeof name === 'string' && name !== '') return name.replace(/^@[^/]+\//, '');
  } catch {
    // Without a readable package.json, the directory's name is used.
  }
  return basename(folder);
}

/** Returns the name of the variable that passes the digest of a project's image sources to the deploy job. */
export function contextDigestVariable(project: string): string {
  return `TOZO_CONTEXT_DIGEST_${project.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}
