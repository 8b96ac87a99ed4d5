import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { loadConfig } from '@tozo/deploy';
import { otherProjects, projectName } from '../project.ts';
import type { Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { appOf, type Place } from './place.ts';
import { sandboxAppName } from './sandbox-app-name.ts';

/**
 * Refuses to deploy to an app that another project of the repository is deployed to: each would replace the other. Ignores
 * what isn't a project, such as a test's fixture, and invalid files.
 * @throws UsageError
 */
export async function assertOwnApp(target: Target, place: Place, folder: string): Promise<void> {
  const own = await realpath(folder);
  const others = await otherProjects(own);
  const apps = await Promise.all(others.map((directory) => appsOf(directory, target, place)));
  const other = others.find((_, index) => apps[index]!.includes(place.app));
  if (other === undefined) return;
  const [ownName, otherName] = await Promise.all([projectName(folder), projectName(other)]);
  throw new UsageError(
    `${ownName} and ${otherName} (${relative(own, other)}) would both be deployed to the app ${place.app}, which is from ${place.source}, and replace each other. Set another "app" in each deploy.json${place.source === 'HEROKU_APP' ? ', and unset HEROKU_APP' : ''}.`,
  );
}

/** Returns the apps that a project may be deployed to from here. */
async function appsOf(directory: string, { kind }: Target, { env }: Place): Promise<(string | undefined)[]> {
  const config = await loadConfig(directory).catch(() => undefined);
  if (!config) return [];
  const inEnvironments = Object.values(config.environments ?? {}).map(({ app }) => app);
  if (kind === 'sandbox') return [appOf(config, env) ?? (await sandboxAppName(directory)), ...inEnvironments];
  return inEnvironments.length > 0 ? inEnvironments : [appOf(config, env)];
}
