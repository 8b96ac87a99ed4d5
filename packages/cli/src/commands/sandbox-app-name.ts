import { appNameGrammar } from '@tozo/deploy';
import { findRepository } from '../git.ts';
import { otherProjects, projectIdentity, projectName } from '../project.ts';

/**
 * Returns the name of a project's app in the sandbox. Projects of different scopes may have the same short name: then it's the
 * whole name, with dashes.
 */
export async function sandboxAppName(folder: string): Promise<string> {
  const [name, others] = await Promise.all([projectName(folder), otherProjects(folder)]);
  const names = await Promise.all(others.map(projectName));
  return toAppName(names.includes(name) ? await projectIdentity(folder, await findRepository(folder)) : name);
}

const longestAppName = 30;

/** Returns the closest name that Heroku accepts for an app: 3 to 30 lowercase letters, digits and dashes. */
export function toAppName(name: string): string {
  if (appNameGrammar.test(name)) return name;
  const clean = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const started = /^[a-z]/.test(clean) ? clean : `app-${clean}`;
  const long = started.length < 3 ? `${started}-app` : started;
  return long.slice(0, longestAppName).replace(/-+$/, '');
}
