import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How far a deployed commit is from another one. */
export interface Distance {
  /** The other one: `HEAD`, `origin/main`. */
  readonly ref: string;
  /** Commits that the other one has and the deployed one doesn't. */
  readonly behind: number;
  /** Those of them that change files in the project's directory. */
  readonly behindHere: number;
  /** Commits that the deployed one has and the other one doesn't. */
  readonly ahead: number;
}

/**
 * Returns the distance of a commit from HEAD and from the remote's default branch. Empty without git, or without the commit
 * in a shallow clone.
 * @param folder the project's directory
 */
export async function readDistances(folder: string, commit: string): Promise<Distance[]> {
  const main = await git(folder, 'rev-parse', '--abbrev-ref', 'origin/HEAD');
  const refs = ['HEAD', ...(main && main !== 'origin/HEAD' ? [main] : [])];
  const found = await Promise.all(refs.map((ref) => readDistance(folder, commit, ref)));
  return found.flatMap((distance) => (distance ? [distance] : []));
}

async function readDistance(folder: string, commit: string, ref: string): Promise<Distance | undefined> {
  const [behind, behindHere, ahead] = await Promise.all([
    countCommits(folder, `${commit}..${ref}`),
    countCommits(folder, `${commit}..${ref}`, '--', '.'),
    countCommits(folder, `${ref}..${commit}`),
  ]);
  return behind === undefined || behindHere === undefined || ahead === undefined
    ? undefined
    : { ref, behind, behindHere, ahead };
}

async function countCommits(folder: string, ...range: string[]): Promise<number | undefined> {
  const count = Number(await git(folder, 'rev-list', '--count', ...range));
  return Number.isInteger(count) ? count : undefined;
}

/** Returns what git prints, or undefined if it fails or isn't there. */
async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await run('git', args, { cwd: folder })).stdout.trim();
  } catch {
    return undefined;
  }
}
