import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../project/manifest.ts';
import type { InstalledTree } from './installed.ts';

/**
 * Returns the patches of patch-package for packages in the image, relative to the directory. It applies them in an install
 * script of the app or of the workspace's root, which didn't run.
 */
export async function findUnappliedPatches(
  directory: string,
  { scripts }: Manifest,
  { packages }: InstalledTree,
): Promise<string[]> {
  const isUsed = ['postinstall', 'install', 'prepare'].some((name) => scripts[name]?.includes('patch-package'));
  if (!isUsed) return [];
  const names = new Set([...packages.values()].map(({ manifest: { name } }) => name.replace('/', '+')));
  const files = await readdir(join(directory, 'patches')).catch(() => []);
  const patches = files.filter((file) => names.has(/^((?:@[^+]+\+)?[^+]+)\+.*\.patch$/.exec(file)?.[1] ?? ''));
  return patches.sort().map((file) => `patches/${file}`);
}
