import { allCommits, neededCommits } from '../base/live-commits.ts';
import { type AppChange } from '../changes/changes.ts';
import { readAppChange } from '../changes/read-changes.ts';
import { type DecideInput, decide, type Decision } from '../decision/decide.ts';
import { fetchDeployments } from '../deployments/fetch-deployments.ts';
import type { KnownDeployments } from '../deployments/known-deployments.ts';
import { livenessOf } from '../deployments/liveness.ts';
import { Patience } from '../deployments/patience.ts';
import { sharedEnvironmentOf } from '../environment.ts';
import { loadAncestry } from '../git/load-ancestry.ts';

export interface DecideJobOptions {
  /** The job's variables, such as `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A directory of the clone. */
  readonly cwd: string;
  readonly environment: string;
  /** The app's directory, relative to the repository's root. */
  readonly app: string;
  /** The job's commit. */
  readonly commit: string;
  /** The file of `tozo ci changes`. */
  readonly changesFile?: string | undefined;
  /** Finds the newest commit that was unhealthy and rolled back. Called only if a deploy failed and this would repeat it. */
  readonly readRolledBack: () => Promise<string | undefined>;
  readonly signal?: AbortSignal | undefined;
}

export interface DecidedJob {
  readonly decision: Decision;
  /** What lint-test found out about the app. */
  readonly change?: AppChange;
  /** The URL that GitLab shows for the environment now. */
  readonly environmentUrl?: string;
  /** What isn't known, and why. */
  readonly notes: readonly string[];
}

/** Reads what GitLab, git and lint-test know, and decides. Changes nothing. Throws only the signal's reason. */
export async function decideJob(options: DecideJobOptions): Promise<DecidedJob> {
  const { env, cwd, environment, app, commit, changesFile, signal } = options;
  const patience = new Patience();
  const [deployments, change] = await Promise.all([
    fetchDeployments(env, { environment, patience, signal }),
    changesFile === undefined ? undefined : readAppChange(changesFile, app, commit),
  ]);
  const known = typeof change === 'object' ? change : undefined;
  const shared = isEmpty(deployments) ? await readShared(options, patience) : undefined;
  const histories = [deployments, shared?.deployments].filter((history) => history?.kind === 'known');
  const { ancestry, notes } = await loadAncestry({
    cwd,
    commit,
    needed: [...(known?.changedAt ? [known.changedAt] : []), ...histories.flatMap(neededCommits)],
    others: histories.flatMap(allCommits),
    branch: env['CI_COMMIT_BRANCH'] || env['CI_DEFAULT_BRANCH'],
    signal,
  });
  const input: DecideInput = {
    environment,
    job: {
      commit,
      jobId: idOf(env['CI_JOB_ID']),
      pipelineId: idOf(env['CI_PIPELINE_ID']),
      source: env['CI_PIPELINE_SOURCE'] || undefined,
    },
    deployments,
    ...(shared ? { shared } : {}),
    ancestry,
    changedAt: known?.changedAt,
  };
  return {
    decision: await withRolledBack(input, options),
    ...(known ? { change: known } : {}),
    ...(deployments.kind === 'known' && deployments.environmentUrl !== undefined
      ? { environmentUrl: deployments.environmentUrl }
      : {}),
    notes: [...notes, ...(typeof change === 'string' ? [change] : [])],
  };
}

/** Decides a second time with what was rolled back, if the first decision would repeat a deploy that failed. */
async function withRolledBack(input: DecideInput, { readRolledBack }: DecideJobOptions): Promise<Decision> {
  const decision = decide(input);
  if (decision.kind !== 'deploy' || input.deployments.kind === 'unknown') return decision;
  const hasFailed = input.deployments.recent.some(
    (record) => record.status === 'failed' && livenessOf(record) === 'maybe',
  );
  const rolledBack = hasFailed ? await readRolledBack() : undefined;
  return rolledBack === undefined ? decision : decide({ ...input, rolledBack });
}

async function readShared(
  { env, environment, signal }: DecideJobOptions,
  patience: Patience,
): Promise<DecideInput['shared']> {
  const shared = sharedEnvironmentOf(environment);
  if (shared === environment) return undefined;
  return { environment: shared, deployments: await fetchDeployments(env, { environment: shared, patience, signal }) };
}

function isEmpty(deployments: KnownDeployments): boolean {
  return deployments.kind === 'known' && deployments.successes.length === 0;
}

function idOf(text: string | undefined): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}
