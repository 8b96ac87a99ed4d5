import { assertDistinctEnvironments, gitlabEnvironmentOf } from '@tozo/gitlab-ci';
import { findRepository, listDeployDirectories } from '../git.ts';
import { isProject, projectIdentity, projectPath } from '../project.ts';
import { readEnvironments } from './environments.ts';

/** An app of the repository, for the jobs before its deploy. */
export interface CiApp {
  readonly project: string;
  readonly directory: string;
  /** Relative to the repository's root. */
  readonly path: string;
  readonly gitlabEnvironments: readonly string[];
}

/** Returns the committed apps of a directory's repository, none outside of one. */
export async function readCiApps(cwd: string): Promise<CiApp[]> {
  const root = await findRepository(cwd).catch(() => undefined);
  if (root === undefined) return [];
  const directories = (await listDeployDirectories(cwd)).filter(isProject);
  const apps = await Promise.all(
    directories.map(async (directory) => {
      const [project, names] = await Promise.all([projectIdentity(directory, root), readEnvironments(directory)]);
      const gitlabEnvironments = names.map((name) => gitlabEnvironmentOf(name, project));
      return { project, directory, path: projectPath(directory, root), gitlabEnvironments };
    }),
  );
  assertDistinctEnvironments(
    'production',
    apps.map(({ project }) => project),
  );
  return apps;
}

/** Returns the GitLab environments of all apps. */
export function environmentsOf(apps: readonly CiApp[]): string[] {
  return [...new Set(apps.flatMap(({ gitlabEnvironments }) => gitlabEnvironments))];
}
