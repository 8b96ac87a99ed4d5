import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { listDeployDirectories } from './git.ts';

/** Whether a directory is a project. A deploy.json elsewhere is data of something else, such as a test. */
export function isProject(directory: string): boolean {
  return ['package.json', 'project.json'].some((file) => existsSync(join(directory, file)));
}

/** Returns a project's name for people: without its scope, or else its directory's. */
export async function projectName(folder: string): Promise<string> {
  return (await declaredName(folder))?.replace(/^@[^/]+\//, '') ?? basename(folder);
}

/**
 * Returns the name that tells a project from all others of the repository: the one in project.json, or else in package.json, or
 * else the path, with `/`.
 */
export async function projectIdentity(folder: string, root: string): Promise<string> {
  return (await declaredName(folder)) ?? projectPath(folder, root);
}

/** Returns a project's directory relative to the repository's root, with `/`. */
export function projectPath(folder: string, root: string): string {
  return relative(root, folder).split(sep).join('/') || '.';
}

const maxProjects = 500;

/** Returns the directories of the repository's other projects with a deploy.json. None outside a repository. */
export async function otherProjects(folder: string): Promise<string[]> {
  const [own, directories] = await Promise.all([realpath(folder), listDeployDirectories(folder).catch(() => [])]);
  return directories.filter((directory) => directory !== own && isProject(directory)).slice(0, maxProjects);
}

async function declaredName(folder: string): Promise<string | undefined> {
  for (const file of ['project.json', 'package.json']) {
    try {
      const { name } = JSON.parse((await readFile(join(folder, file), 'utf8')).replace(/^\uFEFF/, '')) as {
        name?: unknown;
      };
      if (typeof name === 'string' && name !== '') return name;
    } catch {
      // The next file, or the path, names the project.
    }
  }
  return undefined;
}
