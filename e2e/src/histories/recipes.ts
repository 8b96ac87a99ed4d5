import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Changes, chooseBase, decideJob, formatChanges } from '@tozo/gitlab-ci';
import { findLastChange, readHistory } from '@tozo/nx';
import type { History, Pipeline } from './history.ts';
import { type App, apps } from './project.ts';
import type { Recipe, Verdict } from './recipe-runner.ts';

/** How to reach the GitLab that the jobs ask. */
export interface GitLabAccess {
  readonly api: string;
  readonly project: string;
  readonly jobToken: string;
}

/** What `tozo ci changes` and `tozo ci deploy` do, with the path in place of Nx's graph. */
export function ours({ api, project, jobToken }: GitLabAccess): Recipe {
  const envOf = (pipeline: Pipeline): Record<string, string> => ({
    CI_API_V4_URL: api,
    CI_PROJECT_ID: project,
    CI_JOB_TOKEN: jobToken,
    CI_COMMIT_SHA: pipeline.commit,
    CI_COMMIT_BRANCH: 'main',
    CI_DEFAULT_BRANCH: 'main',
    CI_PIPELINE_ID: String(pipeline.id),
    CI_PIPELINE_SOURCE: pipeline.source,
  });
  return {
    name: 'tozo',
    async lint(history, pipeline) {
      const cwd = history.project.path;
      history.project.git('checkout', '-q', '--detach', pipeline.commit);
      const { since } = await chooseBase({ env: envOf(pipeline), cwd, environments: apps.map(environmentOf) });
      const steps = await readHistory({ cwd, since, limit: since ? 1000 : 1 });
      history.project.git('checkout', '-q', 'main');
      const changedAt = (app: App) =>
        since
          ? findLastChange(steps, ({ files }) => files.some((file) => file.startsWith(`apps/${app}/`)), since)
          : pipeline.commit;
      const found = apps.map((app) => [`apps/${app}`, { project: app, changedAt: changedAt(app)! }] as const);
      const changes: Changes = { version: 1, commit: pipeline.commit, apps: Object.fromEntries(found) };
      return formatChanges(changes);
    },
    async decide(history, { pipeline, app, jobId }, { handedOver, rolledBack }): Promise<Verdict> {
      const changesFile = join(history.project.path, '.git/changes.json');
      writeFileSync(changesFile, handedOver as string);
      const { decision } = await decideJob({
        env: { ...envOf(pipeline), CI_JOB_ID: String(jobId) },
        cwd: history.project.path,
        environment: environmentOf(app),
        app: `apps/${app}`,
        commit: pipeline.commit,
        changesFile,
        readRolledBack: async () => rolledBack,
      });
      rmSync(changesFile);
      switch (decision.kind) {
        case 'deploy':
          return { kind: 'deploy' };
        case 'redeploy':
          return { kind: 'release', commits: decision.commits };
        case 'nothing':
        case 'kept':
          return { kind: 'done' };
        case 'outdated':
        case 'held':
          return { kind: 'refused' };
      }
    },
  };
}

export function environmentOf(app: App): string {
  return `production/${app}`;
}

/**
 * `nx affected -t deploy` after `NX_BASE=${CI_MERGE_REQUEST_DIFF_BASE_SHA:-$CI_COMMIT_BEFORE_SHA}`. Outside pushes that's all
 * zeros, with which Nx fails.
 * @see https://nx.dev/docs/kb/affected-base-commit
 */
export const nxDocs: Recipe = affectedSince('Nx docs', (_, { before, source }) =>
  source === 'push' ? before : undefined,
);

/** `nx affected -t deploy` with the base of `nx g ci-workflow --ci=gitlab`, version 23.2.1: HEAD~1, or else HEAD. */
export const nxCiWorkflow: Recipe = affectedSince('ci-workflow', ({ project }, { commit }) => {
  try {
    return project.git('rev-parse', '--verify', '--quiet', `${commit}~1`);
  } catch {
    return commit;
  }
});

function affectedSince(name: string, baseOf: (history: History, pipeline: Pipeline) => string | undefined): Recipe {
  return {
    name,
    lint: async () => undefined,
    async decide(history, { pipeline, app }) {
      const base = baseOf(history, pipeline);
      if (base === undefined) return { kind: 'refused' };
      return { kind: history.project.affectedBetween(base, pipeline.commit).includes(app) ? 'deploy' : 'done' };
    },
  };
}
