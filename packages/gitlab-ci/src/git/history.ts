/** Whether one commit is reachable from another. */
export interface Ancestry {
  /** Returns whether `ancestor` is `commit` or an ancestor of it; undefined if the clone can't tell. */
  contains(commit: string, ancestor: string): boolean | undefined;
}

export type Relation = 'same' | 'older' | 'newer' | 'diverged' | 'unknown';

/** Returns what `commit` is in relation to `other`. */
export function relate(ancestry: Ancestry, commit: string, other: string): Relation {
  if (commit === other) return 'same';
  const [isOlder, isNewer] = [ancestry.contains(other, commit), ancestry.contains(commit, other)];
  if (isOlder) return 'older';
  if (isNewer) return 'newer';
  return isOlder === undefined || isNewer === undefined ? 'unknown' : 'diverged';
}

/** A part of a repository's history: each commit with its parents. */
export interface History {
  readonly parents: ReadonlyMap<string, readonly string[]>;
  /** Commits that the clone has, with all that they're made of. Others are unknown. */
  has(commit: string): boolean;
  /** Whether a commit's parents are missing, because the clone is shallow there. */
  isCut(commit: string): boolean;
}

/** Returns the ancestry within a part of the history. Below it are only commits that all its commits share. */
export function ancestryOf(history: History): Ancestry {
  const reachable = new Map<string, { readonly commits: ReadonlySet<string>; readonly isCut: boolean }>();
  return {
    contains(commit, ancestor) {
      if (commit === ancestor) return true;
      if (!history.has(commit) || !history.has(ancestor)) return undefined;
      const { commits, isCut } = reach(commit);
      if (commits.has(ancestor)) return true;
      return isCut ? undefined : false;
    },
  };

  function reach(commit: string): { readonly commits: ReadonlySet<string>; readonly isCut: boolean } {
    const known = reachable.get(commit);
    if (known) return known;
    const commits = new Set([commit]);
    let isCut = false;
    for (const next of commits) {
      isCut ||= history.isCut(next);
      for (const parent of history.parents.get(next) ?? []) commits.add(parent);
    }
    const found = { commits, isCut };
    reachable.set(commit, found);
    return found;
  }
}
