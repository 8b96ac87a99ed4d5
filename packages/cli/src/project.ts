import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What a project is called: package.json's name without its scope, else its folder's. */
export async function projectName(folder: string): Promise<string> {
  try {
    const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    if (typeof name === 'string' && name !== '') return name.replace(/^@[^/]+\//, '');
  } catch {
    // no package.json, or one that is not JSON: the folder has a name too
  }
  return basename(folder);
}

/** The variable in which CI hands on the digest of what a project's image is made from. */
export function contextDigestVariable(project: string): string {
  return `TOZO_CONTEXT_DIGEST_${project.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}
