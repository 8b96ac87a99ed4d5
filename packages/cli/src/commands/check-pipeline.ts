import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Check, note, ok, problem } from '@tozo/deploy';
import { fetchProcessMode } from '@tozo/gitlab-ci';
import { findRepository } from '../git.ts';
import { UsageError } from '../usage-error.ts';
import { describeMissing, describeReplaced } from './ci-pipeline.ts';
import { pipelineFile, readPipelineFiles } from './pipeline-files.ts';

const name = 'pipeline';

/** Checks the committed deploy jobs of the repository, if there are any, and how GitLab queues those of this app. */
export async function* checkPipeline(cwd: string, env: NodeJS.ProcessEnv): AsyncGenerator<Check> {
  const root = await findRepository(cwd).catch(() => undefined);
  if (root === undefined || !existsSync(join(root, pipelineFile))) return;
  try {
    const { stale, jobs, missingStages, replacedJobs } = await readPipelineFiles(
      root,
      join(root, pipelineFile),
      {},
      env,
    );
    const names = stale.map(({ path }) => relative(root, path)).join(', ');
    yield stale.length === 0
      ? ok(name, `${pipelineFile} is up to date`)
      : problem(name, `${names}: not up to date with the apps, so lint-test fails`, 'tozo ci pipeline');
    const remedy = `\${EDITOR:-vi} ${relative(cwd, join(root, '.gitlab-ci.yml'))}`;
    if (missingStages.length > 0) yield problem(name, describeMissing(missingStages), remedy);
    if (replacedJobs.length > 0) yield note(name, describeReplaced(replacedJobs), remedy);
    const app = relative(root, cwd).split(sep).join('/') || '.';
    for (const group of resourceGroupsOf(jobs, app)) yield* checkResourceGroup(group, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    yield problem(name, error.message, 'tozo ci pipeline');
  }
}

function resourceGroupsOf(jobs: Readonly<Record<string, Readonly<Record<string, unknown>>>>, app: string): string[] {
  const own = Object.values(jobs).filter(({ variables }) =>
    ((variables ?? {}) as { TOZO_APPS?: string }).TOZO_APPS?.split(' ').includes(app),
  );
  return [
    ...new Set(own.flatMap(({ resource_group }) => (typeof resource_group === 'string' ? [resource_group] : []))),
  ];
}

/** Deploys are right in every mode. In others than `unordered`, GitLab itself skips or orders jobs. */
async function* checkResourceGroup(group: string, env: NodeJS.ProcessEnv): AsyncGenerator<Check> {
  const { GITLAB_TOKEN: token, CI_PROJECT_ID: project, CI_API_V4_URL: api, CI_SERVER_URL: server } = env;
  if (!token || !project) return;
  const found = await fetchProcessMode(
    { api: api || `${server || 'https://gitlab.com'}/api/v4`, project, token },
    group,
  );
  yield 'mode' in found
    ? ok(name, `resource group ${group}: process mode ${found.mode}`)
    : note(name, `resource group ${group}: process mode unknown: ${found.unknown}`);
}
