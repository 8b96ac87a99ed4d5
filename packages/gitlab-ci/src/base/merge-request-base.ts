import { isCommit } from '../git/read-history.ts';
import type { RunGit } from '../git/run-git.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function isMergeRequest(env: Environment): boolean {
  return env['CI_PIPELINE_SOURCE'] === 'merge_request_event' || Boolean(env['CI_MERGE_REQUEST_IID']);
}

/** A commit to compare with, or why there's none. */
export interface BaseCandidate {
  readonly commit?: string;
  readonly reason: string;
}

/**
 * Returns what a merge request is compared with: where its branch left the target, or, if GitLab has already merged the two
 * for this pipeline, the target itself. In a merge train that's the merge request before.
 * @see https://docs.gitlab.com/ci/pipelines/merged_results_pipelines/
 */
export async function mergeRequestBase(env: Environment, git: RunGit): Promise<BaseCandidate> {
  const type = env['CI_MERGE_REQUEST_EVENT_TYPE'];
  const start = env['CI_MERGE_REQUEST_DIFF_BASE_SHA'];
  if (type === 'merged_result' || type === 'merge_train') {
    const [head, target, source] = (await git(['rev-list', '--parents', '-n', '1', 'HEAD'])).trim().split(' ');
    if (head && target && source)
      return { commit: target, reason: `this ${type.replace('_', ' ')} is merged into ${target.slice(0, 8)}` };
  }
  return isCommit(start)
    ? { commit: start, reason: `the merge request starts at ${start.slice(0, 8)}` }
    : { reason: "CI_MERGE_REQUEST_DIFF_BASE_SHA isn't set in this merge request pipeline" };
}
