import type { Ancestry } from '../git/history.ts';

/** Returns the ancestry of commits in the order of their names' numbers: `c1` is older than `c2`. Others are unrelated. */
export const linear: Ancestry = {
  contains: (commit, ancestor) => {
    if (commit === ancestor) return true;
    const [a, b] = [numberOf(ancestor), numberOf(commit)];
    return a !== undefined && b !== undefined
      ? a <= b
      : commit === 'unknown' || ancestor === 'unknown'
        ? undefined
        : false;
  },
};

function numberOf(commit: string): number | undefined {
  const number = commit.startsWith('c') ? Number(commit.slice(1)) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}
