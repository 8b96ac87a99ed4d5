import { fetchDeployments } from '../deployments/fetch-deployments.ts';
import type { KnownDeployments } from '../deployments/known-deployments.ts';
import { Patience } from '../deployments/patience.ts';
import { isForced } from '../deployments/record.ts';
import { sharedEnvironmentOf } from '../environment.ts';
import { GitLabCiError } from '../errors.ts';
import { loadAncestry, type LoadedAncestry } from '../git/load-ancestry.ts';
import { relate } from '../git/history.ts';
import { isCommit } from '../git/read-history.ts';
import { causeLine, gitIn, type RunGit } from '../git/run-git.ts';
import { allCommits, liveCommits, neededCommits } from './live-commits.ts';
import { type BaseCandidate, isMergeRequest, mergeRequestBase } from './merge-request-base.ts';

/** Git's empty tree (SHA-1). As a base it makes every project affected, because everything differs from it. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface ChooseBaseOptions {
  /** The pipeline's variables, such as `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A directory of the clone. */
  readonly cwd: string;
  /** The GitLab environments of all apps. */
  readonly environments: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface AffectedBase {
  /** HEAD, an ancestor of it, or {@link emptyTree}. */
  readonly base: string;
  /** Why, for readers of the job's log. */
  readonly reason: string;
  /** An ancestor of HEAD that no deploy job needs to look behind, if known: every app runs this commit or a later one. */
  readonly since?: string;
}

/** Environments that are asked about at the same time. */
const concurrency = 10;

/**
 * Returns the base of `nx affected` in a GitLab pipeline. In a merge request that's its target; on another branch, where it
 * left the default branch. On the default branch, in tags and schedules it's the oldest commit that may be live anywhere.
 * In doubt every project is affected, which is slow but never wrong. Throws only the signal's reason.
 */
export async function chooseBase(options: ChooseBaseOptions): Promise<AffectedBase> {
  const { env, cwd, signal } = options;
  const git = gitIn(cwd, signal);
  try {
    const head = (await git(['rev-parse', 'HEAD'])).trim();
    if (isMergeRequest(env)) return await checkCandidate(options, head, await mergeRequestBase(env, git));
    const { CI_COMMIT_BRANCH: branch, CI_DEFAULT_BRANCH: main, CI_PIPELINE_SOURCE: source } = env;
    if (branch && main && branch !== main) return await checkCandidate(options, head, await forkPoint(git, main), main);
    const live = await liveBase(options, head);
    return isForced(source) ? { ...live, ...everything(`a pipeline started by ${source} deploys every app`) } : live;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof GitLabCiError) return everything(error.message);
    throw error;
  }
}

function everything(reason: string): AffectedBase {
  return { base: emptyTree, reason: `treating every project as affected: ${reason}` };
}

async function checkCandidate(
  { cwd, signal }: ChooseBaseOptions,
  head: string,
  { commit, reason }: BaseCandidate,
  branch?: string,
): Promise<AffectedBase> {
  if (commit === undefined) return everything(reason);
  const { ancestry, notes } = await loadAncestry({ cwd, commit: head, needed: [commit], branch, signal });
  switch (relate(ancestry, commit, head)) {
    case 'same':
    case 'older':
      return { base: commit, reason };
    case 'unknown':
      return everything([`${reason}, but this clone doesn't contain that commit`, ...notes].join(': '));
    default:
      return everything(`${reason}, but that commit isn't an ancestor of this one`);
  }
}

/** Returns where HEAD left the default branch. Fetches that branch first. */
async function forkPoint(git: RunGit, main: string): Promise<BaseCandidate> {
  const ref = `refs/remotes/origin/${main}`;
  const fetched = await git(['fetch', '--quiet', '--no-tags', 'origin', `+refs/heads/${main}:${ref}`], {
    timeoutMs: 120_000,
  }).catch((error: Error) => error);
  const commit = await git(['merge-base', 'HEAD', ref]).catch(() => '');
  if (isCommit(commit.trim()))
    return { commit: commit.trim(), reason: `this branch left ${main} at ${commit.slice(0, 8)}` };
  const why = fetched instanceof Error ? `: ${causeLine(fetched.message)}` : '. In a shallow clone, set GIT_DEPTH to 0';
  return { reason: `git doesn't know where this branch left ${main}${why}` };
}

/** Returns the oldest commit that may be live anywhere. */
async function liveBase(options: ChooseBaseOptions, head: string): Promise<AffectedBase> {
  const { env, cwd, signal } = options;
  const histories = await fetchHistories(options);
  const known = histories.flatMap(({ deployments }) => (deployments.kind === 'known' ? [deployments] : []));
  const loaded = await loadAncestry({
    cwd,
    commit: head,
    needed: [...new Set(known.flatMap(neededCommits))],
    others: known.flatMap(allCommits),
    branch: env['CI_COMMIT_BRANCH'] || env['CI_DEFAULT_BRANCH'],
    signal,
  });
  const found = histories.map((history) => judge(history, head, loaded));
  const usable = [...new Set(found.flatMap(({ commits }) => commits))];
  const oldest = await commonAncestor(gitIn(cwd, signal), head, usable);
  const kept = await commonAncestor(gitIn(cwd, signal), head, [...usable, ...found.flatMap(({ keep }) => keep)]);
  const since = kept === undefined ? {} : { since: kept };
  const problems = found.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0 || oldest === undefined)
    return { ...everything(problems.join('; ') || 'nothing was deployed anywhere yet'), ...since };
  const from = found.find(({ commits }) => commits.includes(oldest));
  const where = from
    ? `${from.environment} may run ${oldest.slice(0, 8)}`
    : `${oldest.slice(0, 8)} is where the live commits meet`;
  return { base: oldest, reason: found.length > 1 && from ? `${where}, the oldest of all apps` : where, ...since };
}

interface EnvironmentHistory {
  readonly environment: string;
  readonly deployments: KnownDeployments;
}

/** Fetches the deployments of all environments. One without a success is replaced by the one that all apps shared before. */
async function fetchHistories({ env, environments, signal }: ChooseBaseOptions): Promise<EnvironmentHistory[]> {
  const patience = new Patience();
  const sharedHistories = new Map<string, Promise<KnownDeployments>>();
  const fetchOne = async (environment: string): Promise<EnvironmentHistory> => {
    const deployments = await fetchDeployments(env, { environment, patience, signal });
    if (deployments.kind === 'unknown' || deployments.successes.length > 0) return { environment, deployments };
    const shared = sharedEnvironmentOf(environment);
    const fetching = sharedHistories.get(shared) ?? fetchDeployments(env, { environment: shared, patience, signal });
    sharedHistories.set(shared, fetching);
    const before = await fetching;
    return before.kind === 'known' && before.successes.length > 0
      ? { environment: shared, deployments: before }
      : { environment, deployments };
  };
  const names = environments.length > 0 ? environments : ['production'];
  const results: EnvironmentHistory[] = [];
  for (let index = 0; index < names.length; index += concurrency)
    results.push(...(await Promise.all(names.slice(index, index + concurrency).map(fetchOne))));
  return results;
}

interface Judged {
  readonly environment: string;
  /** Ancestors of HEAD. */
  readonly commits: readonly string[];
  readonly keep: readonly string[];
  /** Why every project is affected. */
  readonly problem?: string;
}

function judge(
  { environment, deployments }: EnvironmentHistory,
  head: string,
  { ancestry, notes }: LoadedAncestry,
): Judged {
  const none = { environment, commits: [], keep: [] };
  if (deployments.kind === 'unknown') return { ...none, problem: deployments.reason };
  const live = liveCommits(deployments, ancestry);
  if (!live) return { ...none, problem: `nothing was deployed to ${environment} yet` };
  const isAncestor = (commit: string): boolean => ancestry.contains(head, commit) === true;
  const commits = live.build.filter(isAncestor);
  const keep = live.keep.filter(isAncestor);
  const other = live.build.find((commit) => !isAncestor(commit));
  if (other === undefined) return { environment, commits, keep };
  const what = {
    newer: 'is newer than this one',
    unknown: "isn't in this clone",
    diverged: "isn't an ancestor of this one",
  };
  const relation = relate(ancestry, other, head) as keyof typeof what;
  const problem = [`${environment} may run ${other.slice(0, 8)}, but that commit ${what[relation]}`, ...notes].join(
    ': ',
  );
  return { environment, commits, keep, problem };
}

async function commonAncestor(git: RunGit, head: string, commits: readonly string[]): Promise<string | undefined> {
  if (commits.length === 0) return undefined;
  const found = await git(['merge-base', '--octopus', head, ...commits]).catch(() => '');
  return isCommit(found.trim()) ? found.trim() : undefined;
}
