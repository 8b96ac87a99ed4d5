import { join } from 'node:path';
import { readTextFile } from '@tozo/deploy';

/** Returns the names of the environments that a deploy.json declares, or `production`. A deploy reports what is invalid. */
export async function readEnvironments(directory: string): Promise<string[]> {
  const declared = await readDeclared(directory);
  return declared.length > 0 ? declared : ['production'];
}

/** Returns whether a deploy.json declares environments. */
export async function declaresEnvironments(directory: string): Promise<boolean> {
  return (await readDeclared(directory)).length > 0;
}

async function readDeclared(directory: string): Promise<string[]> {
  try {
    const text = await readTextFile(join(directory, 'deploy.json'));
    const { environments } = JSON.parse(text.replace(/^\uFEFF/, '')) as { environments?: unknown };
    return typeof environments === 'object' && environments !== null ? Object.keys(environments) : [];
  } catch {
    return [];
  }
}
