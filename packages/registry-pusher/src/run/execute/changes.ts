import { posix } from 'node:path';
import type { FileStamp, Snapshot } from './scan.ts';

/** Everything that a layer says: what it puts, and what it removes. */
export interface Changes {
  /** By path, each directory before its entries: what changed, its directories, and all other names of a changed file. */
  readonly puts: ReadonlyMap<string, FileStamp>;
  /** Paths of lower layers that are gone; what is inside them goes with them. */
  readonly removes: readonly string[];
  /** Files whose content is the same as before, although something wrote to them. */
  readonly touched: readonly string[];
}

/**
 * Compares two moments. A file is unchanged if its inode, size, mode, owner and ctime are, or else its content. Times of
 * directories don't matter, nor do times that a command set to now.
 * @param isSameContent compares the content of a file with the one it had in the first moment
 * @param startedAt when the command started, in milliseconds since 1970
 */
export function findChanges(
  before: Snapshot,
  after: Snapshot,
  isSameContent: (path: string, before: FileStamp, after: FileStamp) => boolean,
  startedAt: number,
): Changes {
  const changed = new Set<string>();
  const touched: string[] = [];
  for (const [path, now] of after) {
    const then = before.get(path);
    if (then === undefined || !hasSameProperties(then, now)) changed.add(path);
    else if (now.kind !== 'file' || isUntouched(then, now)) continue;
    else if (!isSameContent(path, then, now) || (then.mtime !== now.mtime && now.mtime < startedAt)) changed.add(path);
    else touched.push(path);
  }
  addSeparatedNames(before, after, changed);
  addOtherNames(before, after, changed);
  const removes: string[] = [];
  for (const path of before.keys()) {
    const parent = posix.dirname(path);
    const isInside = parent === '/' || after.get(parent)?.kind === 'directory';
    if (!after.has(path) && isInside) removes.push(path);
  }
  return {
    puts: withParents(after, changed, removes),
    removes,
    touched: touched.filter((path) => !changed.has(path)),
  };
}

/** Everything but the content of files, names and times. */
function hasSameProperties(then: FileStamp, now: FileStamp): boolean {
  return (
    then.kind === now.kind &&
    (then.mode === now.mode || now.kind === 'link') &&
    then.uid === now.uid &&
    then.gid === now.gid &&
    (now.kind === 'directory' || then.size === now.size) &&
    then.target === now.target &&
    then.device === now.device &&
    JSON.stringify(then.attributes) === JSON.stringify(now.attributes)
  );
}

/** Whether nothing wrote to it, nor changed a property of it. */
export function isUntouched(then: FileStamp, now: FileStamp): boolean {
  return then.ino === now.ino && then.ctime === now.ctime && then.mtime === now.mtime;
}

/** Names of one file that are different files now, whatever their contents. */
function addSeparatedNames(before: Snapshot, after: Snapshot, changed: Set<string>): void {
  const names = new Map<number, string[]>();
  for (const [path, { kind, ino, names: count }] of before)
    if (kind === 'file' && count > 1 && after.has(path)) names.set(ino, [...(names.get(ino) ?? []), path]);
  for (const paths of names.values())
    if (new Set(paths.map((path) => after.get(path)!.ino)).size > 1) for (const path of paths) changed.add(path);
}

/** A name of a file in a lower layer can't be linked to from another layer, so all names of a changed file go together. */
function addOtherNames(before: Snapshot, after: Snapshot, changed: Set<string>): void {
  const names = new Map<number, string[]>();
  for (const [path, { kind, ino, names: count }] of after)
    if (kind === 'file' && count > 1) names.set(ino, [...(names.get(ino) ?? []), path]);
  for (const paths of names.values()) {
    const inodes = new Set(paths.map((path) => before.get(path)?.ino));
    const isChanged = paths.some((path) => changed.has(path)) || inodes.size > 1;
    if (isChanged) for (const path of paths) changed.add(path);
  }
}

/** A layer names the directories of what it changes, as they are. */
function withParents(
  after: Snapshot,
  changed: ReadonlySet<string>,
  removes: readonly string[],
): ReadonlyMap<string, FileStamp> {
  const all = new Set(changed);
  for (const path of [...changed, ...removes])
    for (let at = posix.dirname(path); at !== '/' && !all.has(at); at = posix.dirname(at)) all.add(at);
  return new Map([...after].filter(([path]) => all.has(path)));
}
