import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeployConfig, DeployError, loadConfig } from '@tozo/deploy';
import type { PipelineApp } from '@tozo/gitlab-ci';
import { type DeployOutput, type DeployProject, readDeployProjects, usesImageDeps } from '@tozo/nx';
import { listDeployDirectories } from '../git.ts';
import { projectIdentity, projectPath } from '../project.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { buildOutputsOf } from './build-outputs.ts';

/** A directory with a deploy.json. */
export interface DeclaredApp {
  readonly directory: string;
  /** Relative to the repository's root. */
  readonly path: string;
  /** Throws UsageError for a deploy.json that isn't valid. */
  readonly config: () => DeployConfig;
}

/** Reads all deploy.json files of a repository that git doesn't ignore. */
export async function readDeclaredApps(root: string): Promise<DeclaredApp[]> {
  const directories = await listDeployDirectories(root, { withNew: true });
  return await Promise.all(
    directories.map(async (directory) => {
      const [loaded] = await Promise.allSettled([withUsageErrors(DeployError, () => loadConfig(directory))]);
      return { directory, path: projectPath(directory, root), config: () => valueOf(loaded) };
    }),
  );
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/**
 * Returns the apps: the projects with a deploy.json. Names, order and outputs are the project graph's; without Nx, the names are
 * from project.json, package.json or the path.
 * @param tracked the files that git tracks, relative to the root
 * @param projects of the graph. Undefined without Nx
 * @throws UsageError for a deploy.json that isn't valid, and for outputs that can't be handed over
 */
export async function pipelineAppsOf(
  root: string,
  declared: readonly DeclaredApp[],
  tracked: readonly string[],
  projects: readonly DeployProject[] | undefined,
): Promise<PipelineApp[]> {
  const apps = declared.map(async (app) => {
    const project = projects?.find((candidate) => candidate.root === app.path);
    // Without the project, a deploy.json is data of something else, such as a test.
    if (projects !== undefined && project === undefined) return [];
    const name = project?.name ?? (await projectIdentity(app.directory, root));
    const built = { project: name, directory: app.path, dependencies: project?.dependencies ?? [] };
    const outputs = project?.outputs ?? [await outputOf(app)];
    return [
      {
        ...describeApp(app, project),
        project: name,
        outputs: buildOutputsOf(built, outputs, { tracked, projects: projects ?? [] }),
      },
    ];
  });
  return (await Promise.all(apps)).flat();
}

/**
 * Reads the project graph in a process of its own. Undefined without Nx.
 * @throws UsageError if Nx can't create it
 */
export async function readProjects(root: string, env: NodeJS.ProcessEnv): Promise<DeployProject[] | undefined> {
  try {
    return await readDeployProjects(root, { env });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function describeApp(
  { path, config }: DeclaredApp,
  project: DeployProject | undefined,
): Omit<PipelineApp, 'project' | 'outputs'> {
  const { app, environments = {} } = config();
  return {
    directory: path,
    ...(app === undefined ? {} : { herokuApp: app }),
    environments: Object.entries(environments).map(([name, { app: herokuApp, after }]) => ({
      name,
      herokuApp,
      ...(after === undefined ? {} : { after: after.environment }),
    })),
    after: project?.after ?? [],
  };
}

/** Returns what a build without Nx writes for the image. */
async function outputOf({ directory, path }: DeclaredApp): Promise<DeployOutput> {
  const file = join(directory, 'Dockerfile');
  const output = existsSync(file) && usesImageDeps(await readFile(file, 'utf8')) ? 'out/image' : 'dist';
  return { path: path === '.' ? output : `${path}/${output}` };
}
