import type { KnownDeployments } from '../deployments/known-deployments.ts';
import { livenessOf } from '../deployments/liveness.ts';
import { type DeploymentRecord, isForced } from '../deployments/record.ts';
import { type Ancestry, relate } from '../git/history.ts';
import { type EnvironmentState, isRedeployOf, readState } from './state.ts';

/** The job that decides. */
export interface DecidingJob {
  readonly commit: string;
  readonly jobId?: number | undefined;
  readonly pipelineId?: number | undefined;
  /** `CI_PIPELINE_SOURCE` */
  readonly source?: string | undefined;
}

export interface DecideInput {
  readonly environment: string;
  readonly job: DecidingJob;
  readonly deployments: KnownDeployments;
  /** The history of the environment that all apps shared before, which counts while this one has none. */
  readonly shared?: { readonly environment: string; readonly deployments: KnownDeployments };
  readonly ancestry: Ancestry;
  /** The newest commit that touches the app, or a later one. Undefined if lint-test didn't say. */
  readonly changedAt?: string | undefined;
  /** The newest commit whose version was unhealthy and was rolled back by the deploy itself, if any is known. */
  readonly rolledBack?: string | undefined;
}

/**
 * What the job of one app does.
 *
 * - `deploy`: releases this commit. `equal` is a deployed commit since which nothing has touched the app: its image may be
 *   released if lint-test built none. `unread` says why GitLab couldn't be read, if another attempt may decide otherwise.
 * - `redeploy`: releases the images of an earlier deploy again, of the first of these commits that has a record
 * - `nothing`: what runs is this commit's version
 * - `kept`: another version runs, on purpose
 * - `outdated`: a newer commit was decided for
 * - `held`: this version was unhealthy and rolled back, and nothing has changed since
 */
export type Decision =
  | { readonly kind: 'deploy'; readonly reason: string; readonly equal?: string; readonly unread?: string }
  | { readonly kind: 'redeploy'; readonly reason: string; readonly commits: readonly string[] }
  | { readonly kind: 'nothing' | 'kept' | 'outdated' | 'held'; readonly reason: string };

/** Decides what the job of one app does while it holds the app's resource group. In doubt it deploys. */
export function decide(input: DecideInput): Decision {
  const { environment, job, deployments, ancestry, changedAt } = input;
  if (deployments.kind === 'unknown') {
    const { reason, isTooLong } = deployments;
    return { kind: 'deploy', reason: `in doubt: ${reason}`, ...(isTooLong ? {} : { unread: reason }) };
  }
  const state = stateOf(input, deployments);
  if (!state) return decideFirst(input);

  const { seen } = state;
  const relation = relate(ancestry, job.commit, seen.sha);
  const isOvertaken = relation === 'older' || (isUnrelated(relation) && isLater(seen, job));
  if (isRedeployOf({ sha: job.commit, pipelineId: job.pipelineId }, state.successes)) {
    return {
      kind: 'redeploy',
      commits: [job.commit, ...equalCommits(input, state.successes).filter((commit) => commit !== job.commit)],
      reason: isOvertaken
        ? `${short(job.commit)} is put back: it was deployed before, and runs instead of ${short(seen.sha)} until a later commit changes this app`
        : `${short(job.commit)} was deployed before by this pipeline, and is released again`,
    };
  }
  if (isOvertaken)
    return { kind: 'outdated', reason: `${environment} has already got to ${short(seen.sha)}, which is newer` };
  if (isUnrelated(relation)) return { kind: 'deploy', reason: describeUnrelated(relation, environment, seen) };
  if (isForced(job.source)) return { kind: 'deploy', reason: `a pipeline started by ${job.source} deploys every app` };
  if (changedAt === undefined)
    return { kind: 'deploy', reason: "in doubt: lint-test didn't say which commit changed this app last" };
  return decideByChange(input, state, changedAt);
}

/** Decides by the newest commit that touches the app, for a commit that isn't older than what was decided for. */
function decideByChange(
  input: DecideInput,
  { seen, runs, putBack, maybeLive, isDisturbed, successes }: EnvironmentState,
  changedAt: string,
): Decision {
  const { environment, job, ancestry } = input;
  if (putBack && !isDisturbed && ancestry.contains(putBack.seen.sha, changedAt) === true)
    return {
      kind: 'kept',
      reason: `${environment} RUNS ${short(putBack.record.sha)}, NOT ${short(job.commit)}: it was put back on purpose, and no commit after ${short(putBack.seen.sha)} changes this app. To end this, change the app, or start a pipeline by hand`,
    };
  const hasChange = hasSameVersion(input);
  const version = putBack ? putBack.record : runs;
  const lacking = [version, ...maybeLive].find(({ sha }) => !hasChange(sha));
  if (lacking === undefined && !isDisturbed)
    return {
      kind: 'nothing',
      reason: `${environment} runs ${short(version.sha)}, and nothing has changed this app since`,
    };

  const held = isDisturbed ? undefined : holdRolledBack(input, maybeLive);
  if (held) return held;
  const [equal] = equalCommits(input, successes);
  return {
    kind: 'deploy',
    reason: describeDeploy(environment, lacking ?? version, version, changedAt, seen),
    ...(equal ? { equal } : {}),
  };
}

/** Returns a check for commits that have this commit's version of the app: nothing after them touches it. */
function hasSameVersion({ ancestry, job, changedAt }: DecideInput): (commit: string) => boolean {
  return (commit) =>
    changedAt !== undefined &&
    ancestry.contains(commit, changedAt) === true &&
    ancestry.contains(job.commit, commit) === true;
}

/** Returns the deployed commits that have this commit's version of the app, the one that was deployed last first. */
function equalCommits(input: DecideInput, successes: readonly DeploymentRecord[]): string[] {
  return [...new Set(successes.map(({ sha }) => sha).filter(hasSameVersion(input)))];
}

/** A version that was unhealthy and was rolled back isn't tried again, unless someone retries that very job. */
function holdRolledBack(input: DecideInput, maybeLive: readonly DeploymentRecord[]): Decision | undefined {
  const { environment, job, rolledBack } = input;
  const tried = maybeLive.filter(({ sha }) => sha === rolledBack);
  const isRetry = tried.some(({ pipelineId }) => pipelineId !== undefined && pipelineId === job.pipelineId);
  if (rolledBack === undefined || tried.length === 0 || isRetry || !hasSameVersion(input)(rolledBack)) return undefined;
  return {
    kind: 'held',
    reason: `${short(rolledBack)} was unhealthy and was rolled back, and nothing has changed this app since: the same version isn't tried again on ${environment}. Fix the app, or retry the job of ${short(rolledBack)}`,
  };
}

/** Decides while the environment has no success of its own. */
function decideFirst(input: DecideInput): Decision {
  const { environment, shared, ancestry, job, changedAt, deployments } = input;
  const tried =
    deployments.kind === 'known' ? deployments.recent.filter((record) => livenessOf(record) === 'maybe') : [];
  const held = isForced(job.source) ? undefined : holdRolledBack(input, tried);
  if (held) return held;
  const first: Decision = { kind: 'deploy', reason: `nothing was deployed to ${environment} yet` };
  if (shared?.deployments.kind !== 'known') return first;
  const state = stateOf(input, shared.deployments);
  if (!state) return first;
  const relation = relate(ancestry, job.commit, state.seen.sha);
  if (relation === 'older' || (isUnrelated(relation) && isLater(state.seen, job)))
    return {
      kind: 'outdated',
      reason: `${shared.environment} has already got to ${short(state.seen.sha)}, which is newer`,
    };
  if (isUnrelated(relation) || isForced(job.source) || changedAt === undefined || !state.putBack) return first;
  const decision = decideByChange({ ...input, environment: shared.environment }, state, changedAt);
  return decision.kind === 'kept' ? decision : first;
}

function stateOf(
  { job, ancestry, changedAt }: DecideInput,
  { successes, recent }: KnownDeployments & { kind: 'known' },
): EnvironmentState | undefined {
  const isOwn = ({ jobId }: DeploymentRecord): boolean => jobId !== undefined && jobId === job.jobId;
  const others = recent.filter((record) => !isOwn(record));
  return readState(
    successes.filter((record) => !isOwn(record)),
    others,
    ancestry,
    (since) => changedAt === undefined || ancestry.contains(since, changedAt) !== true,
  );
}

function isUnrelated(relation: string): relation is 'diverged' | 'unknown' {
  return relation === 'diverged' || relation === 'unknown';
}

/** Whether a deployment's pipeline is newer than the job's. GitLab numbers pipelines in the order of their creation. */
function isLater({ pipelineId }: DeploymentRecord, job: DecidingJob): boolean {
  return pipelineId !== undefined && job.pipelineId !== undefined && pipelineId > job.pipelineId;
}

function describeUnrelated(relation: 'diverged' | 'unknown', environment: string, seen: DeploymentRecord): string {
  return relation === 'diverged'
    ? `${environment} runs ${short(seen.sha)}, which isn't in this branch's history: the branch was probably force-pushed`
    : `in doubt: ${environment} runs ${short(seen.sha)}, which this clone doesn't contain`;
}

function describeDeploy(
  environment: string,
  lacking: DeploymentRecord,
  version: DeploymentRecord,
  changedAt: string,
  seen: DeploymentRecord,
): string {
  const what = `${short(changedAt)} changed this app`;
  if (lacking === version)
    return version.sha === seen.sha
      ? `${what}, and ${environment} runs ${short(version.sha)}`
      : `${what}, and ${environment} runs ${short(version.sha)}, which is older than ${short(seen.sha)}`;
  return `${what}, and ${environment} may run ${short(lacking.sha)}: its job ${lacking.status === 'running' ? "isn't over" : `was ${lacking.status} after it had started`}`;
}

function short(commit: string): string {
  return commit.slice(0, 8);
}
