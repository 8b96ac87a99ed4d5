import type { Git } from './git.ts';
import type { LastDeployment } from './last-deployment.ts';

/** Git's empty tree (SHA-1). As a base it makes every project affected, because everything differs from it. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface AffectedBase {
  /** 40 hex digits: HEAD, an ancestor of it, or {@link emptyTree}. */
  readonly base: string;
  /** Why, for readers of the job's log. */
  readonly reason: string;
}

export interface AffectedBaseInput {
  /** The pipeline's variables, e.g. `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly git: Git;
  /** Called only outside merge requests. */
  readonly fetchLastDeployment: () => Promise<LastDeployment>;
}

/**
 * Returns the base of `nx affected` in a GitLab pipeline. In a merge request that's the commit where the branch left its target.
 * Elsewhere it's the last deployed commit: the next pipeline deploys what a failed one didn't. If the commit is unknown or not
 * an ancestor of HEAD, every project is affected, which is slow but never wrong.
 */
export async function chooseAffectedBase({ env, git, fetchLastDeployment }: AffectedBaseInput): Promise<AffectedBase> {
  const candidate = isMergeRequest(env) ? mergeRequestBase(env) : deployedCommit(await fetchLastDeployment());
  if (candidate.commit === undefined) return allProjects(candidate.reason);
  const problem = await findHistoryProblem(git, candidate.commit);
  return problem === undefined
    ? { base: candidate.commit, reason: candidate.reason }
    : allProjects(`${candidate.reason}, but ${problem}`);
}

interface Candidate {
  readonly commit?: string;
  readonly reason: string;
}

function allProjects(reason: string): AffectedBase {
  return { base: emptyTree, reason: `treating every project as affected: ${reason}` };
}

function isMergeRequest(env: AffectedBaseInput['env']): boolean {
  return env['CI_PIPELINE_SOURCE'] === 'merge_request_event' || Boolean(env['CI_MERGE_REQUEST_IID']);
}

/** Doesn't use CI_COMMIT_BEFORE_SHA, which is all zeros in merge requests. */
function mergeRequestBase(env: AffectedBaseInput['env']): Candidate {
  const commit = env['CI_MERGE_REQUEST_DIFF_BASE_SHA'];
  return isCommit(commit)
    ? { commit, reason: `the merge request starts at ${short(commit)}` }
    : { reason: "CI_MERGE_REQUEST_DIFF_BASE_SHA isn't set in this merge request pipeline" };
}

function deployedCommit(last: LastDeployment): Candidate {
  if (last.kind === 'unknown') return { reason: last.reason };
  if (last.kind === 'none') return { reason: `nothing was deployed to ${last.environment} yet` };
  return isCommit(last.commit)
    ? { commit: last.commit, reason: `${last.environment} runs ${short(last.commit)}` }
    : { reason: `GitLab returned no commit for the last deployment to ${last.environment}` };
}

/** Returns why a commit can't be the base. First fetches the history of a shallow clone if the commit may be in it. */
async function findHistoryProblem(git: Git, commit: string): Promise<string | undefined> {
  let relation = await git.relationToHead(commit);
  let fetchFailure: string | undefined;
  if (relation !== 'ancestor' && (await git.isShallow())) {
    fetchFailure = await git.fetchHistory();
    relation = await git.relationToHead(commit);
  }
  if (relation === 'ancestor') return undefined;
  if (fetchFailure !== undefined)
    return `this clone is shallow and fetching its history failed (${fetchFailure}): set GIT_DEPTH to 0`;
  return relation === 'unknown'
    ? "this clone doesn't contain that commit"
    : "that commit isn't an ancestor of this one";
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value) && !/^0+$/.test(value);
}

function short(commit: string): string {
  return commit.slice(0, 8);
}
