import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createPipeline,
  createToolLock,
  formatPipeline,
  GitLabCiError,
  missingStages,
  type Pipeline,
  type PipelineOptions,
  readPipelineOptions,
  replacedJobs,
  type ToolLock,
} from '@tozo/gitlab-ci';
import type { DeployProject } from '@tozo/nx';
import { listTrackedFiles } from '../git.ts';
import { withUsageErrors } from '../usage-error.ts';
import { assertInRepository, assertReplaceable, assertWorkspaceAtTop } from './pipeline-place.ts';
import { type DeclaredApp, pipelineAppsOf, readDeclaredApps, readProjects } from './pipeline-apps.ts';

/** The file with the deploy jobs, relative to the repository. */
export const pipelineFile = '.gitlab/deploy.yml';

/** Where the deploy jobs install the tool, relative to the repository. */
const toolDirectory = '.gitlab/tozo';

/** The files that `tozo ci pipeline` writes. */
export interface PipelineFiles {
  /** How many apps they deploy. */
  readonly apps: number;
  readonly jobs: Pipeline['jobs'];
  /** Those whose content isn't as it should be, with that content. */
  readonly stale: readonly { readonly path: string; readonly content: string }[];
  /** The stages of these jobs that the project's own `stages` lack: GitLab refuses the whole pipeline then. */
  readonly missingStages: readonly string[];
  /** These jobs that .gitlab-ci.yml has, too, and replaces at least in part. */
  readonly replacedJobs: readonly string[];
  /** The version of the tool that the jobs install. Undefined if no lock file pins it. */
  readonly toolVersion?: string;
}

/** What the files are made of, as it was when it was read: builds and tests may change it. */
export interface PipelineSources {
  readonly root: string;
  readonly file: string;
  readonly options: PipelineOptions;
  readonly apps: readonly DeclaredApp[];
  /** The files that git tracks, relative to the root. */
  readonly tracked: readonly string[];
  readonly tool: ToolLock | undefined;
  /** The project's .gitlab-ci.yml. */
  readonly gitlabCi: string;
  /** By their paths. */
  readonly current: ReadonlyMap<string, string | undefined>;
}

/**
 * Compares the files with the apps of the repository. Options that aren't given are those that the file was written with.
 * @throws UsageError for what can't become a pipeline
 */
export async function readPipelineFiles(
  root: string,
  file: string,
  given: PipelineOptions,
  env: NodeJS.ProcessEnv,
): Promise<PipelineFiles> {
  const sources = await readPipelineSources(root, file, given);
  return await comparePipelineFiles(sources, await readProjects(root, env));
}

/**
 * Reads all that doesn't depend on the project graph.
 * @throws UsageError for a lock file that can't pin the tool, for files that the command must not write, and for a workspace of
 *   Nx that isn't at the root
 */
export async function readPipelineSources(
  root: string,
  file: string,
  given: PipelineOptions,
): Promise<PipelineSources> {
  await assertInRepository(file, root);
  const before = await readIfThere(file);
  assertReplaceable(file, before);
  const options = { ...readPipelineOptions(before ?? ''), ...given };
  // Without a lock file of npm that contains the tool, how it gets into the jobs is the user's own choice.
  const lockFile = options.toolJob === undefined ? await readIfThere(join(root, 'package-lock.json')) : undefined;
  const tool =
    lockFile === undefined ? undefined : await withUsageErrors(GitLabCiError, async () => createToolLock(lockFile));
  const toolPaths = Object.keys(tool?.files ?? {}).map((name) => join(root, toolDirectory, name));
  for (const path of toolPaths) await assertInRepository(path, root);
  const toolFiles = await Promise.all(toolPaths.map(async (path) => [path, await readIfThere(path)] as const));
  const apps = await readDeclaredApps(root);
  assertWorkspaceAtTop(
    root,
    apps.map(({ directory }) => directory),
  );
  return {
    ...{ root, file, options, tool, apps },
    tracked: await listTrackedFiles(root),
    gitlabCi: (await readIfThere(join(root, '.gitlab-ci.yml'))) ?? '',
    current: new Map([[file, before], ...toolFiles]),
  };
}

/**
 * Compares the files with what they are made of.
 * @param projects of the project graph. Undefined without Nx
 * @throws UsageError for what can't become a pipeline
 */
export async function comparePipelineFiles(
  { root, file, options, apps: declared, tracked, tool, gitlabCi, current }: PipelineSources,
  projects: readonly DeployProject[] | undefined,
): Promise<PipelineFiles> {
  const apps = await pipelineAppsOf(root, declared, tracked, projects);
  const pipeline = await withUsageErrors(GitLabCiError, async () => createPipeline(apps, options));
  const files = [
    { path: file, content: formatPipeline(pipeline, options) },
    ...Object.entries(tool?.files ?? {}).map(([name, content]) => ({ path: join(root, toolDirectory, name), content })),
  ];
  return {
    apps: apps.length,
    jobs: pipeline.jobs,
    missingStages: missingStages(gitlabCi, pipeline),
    replacedJobs: replacedJobs(gitlabCi, pipeline),
    stale: files.filter(({ path, content }) => content !== current.get(path)),
    ...(tool ? { toolVersion: tool.version } : {}),
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
