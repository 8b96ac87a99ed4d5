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
} from '@tozo/gitlab-ci';
import type { DeployProject } from '@tozo/nx';
import { withUsageErrors } from '../usage-error.ts';
import { readPipelineApps } from './pipeline-apps.ts';

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
  /** The version of the tool that the jobs install. Undefined if no lock file pins it. */
  readonly toolVersion?: string;
}

/**
 * Compares the files with the apps of the repository. Options that aren't given are those that the file was written with.
 * @param projects of the project graph. Undefined without Nx
 * @throws UsageError for what can't become a pipeline
 */
export async function readPipelineFiles(
  root: string,
  file: string,
  given: PipelineOptions,
  projects: readonly DeployProject[] | undefined,
): Promise<PipelineFiles> {
  const before = (await readIfThere(file)) ?? '';
  const options = { ...readPipelineOptions(before), ...given };
  const apps = await readPipelineApps(root, projects);
  const pipeline = await withUsageErrors(GitLabCiError, async () => createPipeline(apps, options));
  // Without a lock file of npm that contains the tool, how it gets into the jobs is the user's own choice.
  const lockFile = options.toolJob === undefined ? await readIfThere(join(root, 'package-lock.json')) : undefined;
  const tool =
    lockFile === undefined ? undefined : await withUsageErrors(GitLabCiError, async () => createToolLock(lockFile));
  const files = [
    { path: file, content: formatPipeline(pipeline, options) },
    ...Object.entries(tool?.files ?? {}).map(([name, content]) => ({ path: join(root, toolDirectory, name), content })),
  ];
  const current = await Promise.all(files.map(({ path }) => readIfThere(path)));
  return {
    apps: apps.length,
    jobs: pipeline.jobs,
    missingStages: missingStages((await readIfThere(join(root, '.gitlab-ci.yml'))) ?? '', pipeline),
    stale: files.filter(({ content }, index) => content !== current[index]),
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
