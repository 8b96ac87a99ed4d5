import { GitLabCiError } from '../errors.ts';
import { type Ancestry, ancestryOf, type History, relate } from './history.ts';
import { isCommit, readHistory, shallowCommits } from './read-history.ts';
import { causeLine, gitIn, type RunGit } from './run-git.ts';

export interface LoadAncestryOptions {
  /** A directory of the clone. */
  readonly cwd: string;
  /** The commit to compare with. */
  readonly commit: string;
  /** Commits whose relation to it must be known if at all possible. A shallow clone is deepened until it is. */
  readonly needed: readonly string[];
  /** Further commits. */
  readonly others?: readonly string[];
  /** The branch that is fetched for commits that the clone lacks. */
  readonly branch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedAncestry {
  readonly ancestry: Ancestry;
  /** What went wrong, in git's words, and what that means. */
  readonly notes: readonly string[];
}

/** How much deeper a shallow clone becomes each time. After that it gets its whole history. */
const depths = [50, 200, 1000];
const fetchTimeoutMs = 120_000;

/**
 * Returns the ancestry of commits, as far as the clone knows it or can fetch it. Never fails because of git: then nothing is
 * known, and a note has git's own words.
 */
export async function loadAncestry(options: LoadAncestryOptions): Promise<LoadedAncestry> {
  const { cwd, commit, needed, others = [], signal } = options;
  const git = gitIn(cwd, signal);
  const notes: string[] = [];
  try {
    const read = (): Promise<History> => readHistory(git, cwd, [commit, ...needed, ...others]);
    let history = await read();
    for (const fetch of await fetches(git, options)) {
      if (isEnough(history, commit, needed)) break;
      const failure = await tryFetch(git, fetch);
      if (failure === undefined) history = await read();
      else if (!notes.includes(failure)) notes.push(failure);
    }
    return { ancestry: ancestryOf(history), notes: isEnough(history, commit, needed) ? [] : notes };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof GitLabCiError)) throw error;
    return { ancestry: { contains: (a, b) => (a === b ? true : undefined) }, notes: [error.message] };
  }
}

/** Returns whether the relation of each needed commit is known. */
function isEnough(history: History, commit: string, needed: readonly string[]): boolean {
  const ancestry = ancestryOf(history);
  return needed.every((other) => !isCommit(other) || relate(ancestry, commit, other) !== 'unknown');
}

/** Returns the arguments of each fetch that may bring what is missing, the cheapest first. */
async function fetches(git: RunGit, { cwd, commit, needed, branch }: LoadAncestryOptions): Promise<string[][]> {
  const refs = branch ? [`+refs/heads/${branch}:refs/remotes/origin/${branch}`] : [];
  const isShallow = (await shallowCommits(git, cwd)).size > 0;
  const byName = [...new Set(needed)].filter(isCommit).map((other) => ['origin', other]);
  if (!isShallow) return [['origin', ...refs], ...byName.slice(0, 5)];
  return [
    ...depths.map((depth) => [`--deepen=${depth}`, 'origin', ...refs]),
    // A commit that its branch no longer has is only deepened by its own name.
    [`--deepen=${depths.at(-1)}`, 'origin', commit],
    ['--unshallow', 'origin', ...refs],
    ...byName.slice(0, 5),
  ];
}

/** Returns the line of git's message with the cause if it fails. */
async function tryFetch(git: RunGit, args: readonly string[]): Promise<string | undefined> {
  try {
    await git(['fetch', '--quiet', '--no-tags', ...args], { timeoutMs: fetchTimeoutMs });
    return undefined;
  } catch (error) {
    if (!(error instanceof GitLabCiError)) throw error;
    return `fetching the history failed: ${causeLine(error.message)}`;
  }
}
