import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns the script of the Nx that a workspace has installed. Undefined if it has none, or isn't a workspace of Nx. */
export async function findNx(root: string): Promise<string | undefined> {
  const manifest = join(root, 'node_modules/nx/package.json');
  if (!existsSync(join(root, 'nx.json')) || !existsSync(manifest)) return undefined;
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: string | Record<string, string> };
  return join(root, 'node_modules/nx', typeof bin === 'string' ? bin : (bin['nx'] ?? ''));
}
