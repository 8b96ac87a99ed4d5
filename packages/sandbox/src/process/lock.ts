import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from './is-alive.ts';

export interface Lock {
  release(): void;
}

/** Who has a lock. `started` tells a process from a later one with the same pid, where the system tells it. */
export interface LockHolder {
  readonly pid: number;
  readonly started?: string;
  /** When it took the lock, in milliseconds since 1970. */
  readonly time: number;
}

/**
 * Creates a lock file that one process at a time can have. Returns undefined if another one has it. A lock of a process that
 * has ended is free, and so is one older than `staleAfterMs`.
 */
export function acquireLock(path: string, staleAfterMs = Infinity): Lock | undefined {
  const started = startTimeOf(process.pid);
  const holder: LockHolder = { pid: process.pid, ...(started && { started }), time: Date.now() };
  const content = JSON.stringify({ ...holder, random: Math.random() });
  if (!create(path, content)) {
    const current = read(path);
    if (current === undefined) return create(path, content) ? lock(path, content) : undefined;
    if (!isStale(current, staleAfterMs) || !removeIfSame(path, current) || !create(path, content)) return undefined;
  }
  return lock(path, content);
}

/** Returns who has a lock now, or had it last. */
export function holderOf(path: string): LockHolder | undefined {
  const content = read(path);
  return content === undefined ? undefined : parse(content);
}

function lock(path: string, content: string): { release(): void } {
  return { release: () => void removeIfSame(path, content) };
}

/** The file appears with its content: one that is still empty would look like that of a process that was killed. */
function create(path: string, content: string): boolean {
  const complete = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(complete, content, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(complete, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}

/** Removes the lock if it is still this one. Renames it first so that only one process can remove it. */
function removeIfSame(path: string, content: string): boolean {
  const aside = `${path}.${process.pid}.${Date.now()}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  const isSame = read(aside) === content;
  if (!isSame) restore(aside, path);
  rmSync(aside, { force: true });
  return isSame;
}

function restore(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch {
    // There is a newer lock already.
  }
}

function isStale(content: string, afterMs: number): boolean {
  const holder = parse(content);
  if (!holder) return true;
  const { pid, started, time } = holder;
  if (Date.now() - time > afterMs || !isAlive(pid)) return true;
  return started !== undefined && started !== startTimeOf(pid);
}

function parse(content: string): LockHolder | undefined {
  try {
    return JSON.parse(content) as LockHolder;
  } catch {
    return undefined;
  }
}

/** Returns when a process started, in the system's own unit; undefined where that isn't known. */
function startTimeOf(pid: number): string | undefined {
  // The name, in parentheses, may contain anything.
  return read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
