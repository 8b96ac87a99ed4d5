import type { DeployRecord } from './records/record.ts';

/**
 * How the deployed commit relates to another one: `older` if it's a strict ancestor of it, `newer` if it's a descendant.
 * `unknown` where git has too little history to tell.
 */
export type CommitRelation = 'same' | 'older' | 'newer' | 'diverged' | 'unknown';

export interface RelationToCommit {
  readonly relation: CommitRelation;
  /** Why it's unknown, and what to do. */
  readonly note?: string;
}

/** Returns how a commit relates to the one that runs. */
export type CompareCommits = (commit: string, running: string) => Promise<RelationToCommit>;

/**
 * Whether a commit may be deployed.
 *
 * - `deploy`: nothing speaks against it
 * - `redeploy`: it's older than what runs and was deployed successfully before: GitLab's re-deploy asks for it again
 * - `refuse`: it's older than what runs, so another deploy has overtaken this one
 */
export type AncestryVerdict =
  | { readonly kind: 'deploy' }
  | { readonly kind: 'redeploy'; readonly record: DeployRecord }
  | { readonly kind: 'refuse'; readonly message: string };

/**
 * Decides whether a commit may be deployed. Only a strict ancestor of what runs is older; a diverged or unknown commit isn't.
 * @param earlier the record of the commit's last successful deploy
 */
export function judgeAncestry(
  commit: string,
  running: Pick<DeployRecord, 'release' | 'commit'> | undefined,
  relation: CommitRelation,
  earlier: DeployRecord | undefined,
): AncestryVerdict {
  if (relation !== 'older' || running?.commit === undefined) return { kind: 'deploy' };
  if (earlier) return { kind: 'redeploy', record: earlier };
  const [older, newer] = [commit, running.commit].map((name) => name.slice(0, 12));
  return {
    kind: 'refuse',
    message: `nothing was changed: v${running.release} runs commit ${newer}, which is newer than ${older}. Deploy the newest commit. To go back, run tozo rollback, or re-deploy a commit that was deployed before.`,
  };
}
