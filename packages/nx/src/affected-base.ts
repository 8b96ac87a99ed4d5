import type { Git } from './git.ts';
import type { LastDeployment } from './last-deployment.ts';

/** Git's empty tree (SHA-1). Everything differs from it, so as a base it makes every project an affected one. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** From where `nx affected` compares. */
export interface AffectedBase {
  /** 40 hex digits: a commit that is in HEAD's history, or {@link emptyTree}. */
  readonly base: string;
  /** Why, in words for the person who reads the job's log. */
  readonly reason: string;
}

export interface AffectedBaseInput {
  /** The pipeline's variables, e.g. `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly git: Git;
  /** Asked only outside merge requests. */
  readonly fetchLastDeployment: () => Promise<LastDeployment>;
}

/**
 * The base of `nx affected` in a GitLab pipeline. In a merge request it is the commit where the branch left its target;
 * elsewhere it is the commit that was deployed last, so that what a failed pipeline did not deploy is deployed by the
 * next one. Where neither is known, or the clone's history does not lead to it, every project is affected: slow, never wrong.
 */
export async function affectedBase({ env, git, fetchLastDeployment }: AffectedBaseInput): Promise<AffectedBase> {
  const wanted = isMergeRequest(env) ? mergeRequestBase(env) : deployedCommit(await fetchLastDeployment());
  if (wanted.commit === undefined) return everyProject(wanted.reason);
  const doubt = await doubtAboutHistory(git, wanted.commit);
  return doubt === undefined
    ? { base: wanted.commit, reason: wanted.reason }
    : everyProject(`${wanted.reason}, but ${doubt}`);
}

interface Wanted {
  readonly commit?: string;
  readonly reason: string;
}

function everyProject(reason: string): AffectedBase {
  return { base: emptyTree, reason: `every project counts as affected: ${reason}` };
}

function isMergeRequest(env: AffectedBaseInput['env']): boolean {
  return env['CI_PIPELINE_SOURCE'] === 'merge_request_event' || Boolean(env['CI_MERGE_REQUEST_IID']);
}

/** CI_COMMIT_BEFORE_SHA is of no use here: GitLab sets it to zeros in merge requests. */
function mergeRequestBase(env: AffectedBaseInput['env']): Wanted {
  const commit = env['CI_MERGE_REQUEST_DIFF_BASE_SHA'];
  return isCommit(commit)
    ? { commit, reason: `the merge request starts at ${short(commit)}` }
    : { reason: 'this merge request pipeline has no CI_MERGE_REQUEST_DIFF_BASE_SHA' };
}

function deployedCommit(last: LastDeployment): Wanted {
  if (last.kind === 'unknown') return { reason: last.reason };
  if (last.kind === 'none') return { reason: `nothing was deployed to ${last.environment} yet` };
  return isCommit(last.commit)
    ? { commit: last.commit, reason: `${last.environment} runs ${short(last.commit)}` }
    : { reason: `GitLab names no commit for the last deployment to ${last.environment}` };
}

/** Says what is wrong with a commit as a base, having fetched the rest of a shallow clone's history if that may help. */
async function doubtAboutHistory(git: Git, commit: string): Promise<string | undefined> {
  let relation = await git.relationToHead(commit);
  let fetchFailure: string | undefined;
  if (relation !== 'ancestor' && (await git.isShallow())) {
    fetchFailure = await git.fetchHistory();
    relation = await git.relationToHead(commit);
  }
  if (relation === 'ancestor') return undefined;
  if (fetchFailure !== undefined)
    return `this clone is shallow and its history could not be fetched (${fetchFailure}): set GIT_DEPTH to 0`;
  return relation === 'unknown'
    ? 'this clone does not have that commit'
    : 'that commit is not in the history of this one';
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value) && !/^0+$/.test(value);
}

function short(commit: string): string {
  return commit.slice(0, 8);
}
