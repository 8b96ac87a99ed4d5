import type { Sandbox } from '@tozo/sandbox';
import type { Clone } from './clone.ts';
import { type Pipeline, runPipeline, type RunOptions } from './runner.ts';

/** A GitLab project of a sandbox, whose pipelines deploy to the same sandbox. */
export interface PipelineProject {
  /** The CI/CD variables of every job. */
  readonly variables: Readonly<Record<string, string>>;
  /** Pushes the current commit to main, runs its pipeline, and records its deployments as GitLab does. */
  readonly run: (options: RunOptions) => Promise<Pipeline>;
}

export function createPipelineProject({
  clone,
  origin,
  env,
  sandbox: { urls, gitlabJobToken },
  projectId = '1',
}: {
  readonly clone: Clone;
  /** The bare repository that the jobs clone. */
  readonly origin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly sandbox: Sandbox;
  readonly projectId?: string | undefined;
}): PipelineProject {
  const api = `${urls.gitlab}/api/v4`;
  const variables = {
    CI_API_V4_URL: api,
    CI_PROJECT_ID: projectId,
    CI_PROJECT_URL: origin.replace(/\.git$/, ''),
    CI_JOB_TOKEN: gitlabJobToken,
    HEROKU_API_URL: urls.heroku,
    HEROKU_REGISTRY_URL: urls.registry,
    TOZO_DOCKER_HUB_MIRROR: urls.hub,
  };
  return {
    variables,
    async run(options) {
      const sha = clone.git('rev-parse', 'HEAD');
      clone.git('push', '-q', '--force', 'origin', 'HEAD:main');
      const pipeline = await runPipeline(clone.path, variables, env, options);
      for (const job of pipeline.jobs) await recordDeployment(job, sha);
      return pipeline;
    },
  };

  /** A job with an environment is a deployment. GitLab calls one with an allowed exit code failed. */
  async function recordDeployment(line: string, sha: string): Promise<void> {
    const [, result, app] = /^(PASS|WARN|FAIL) deploy (\S+)$/.exec(line) ?? [];
    if (app === undefined) return;
    const status = result === 'PASS' ? 'success' : 'failed';
    const response = await fetch(`${api}/projects/${projectId}/deployments`, {
      method: 'POST',
      headers: { 'JOB-TOKEN': gitlabJobToken, 'content-type': 'application/json' },
      body: JSON.stringify({ environment: `production/${app}`, sha, ref: 'main', tag: false, status }),
    });
    if (!response.ok) throw new Error(`The deployment of ${app} can't be recorded: ${await response.text()}`);
  }
}
