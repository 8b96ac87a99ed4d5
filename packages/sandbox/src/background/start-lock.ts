import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../process/is-alive.ts';

/** A start takes a second or two, so an older lock is stale. */
const staleAfterMs = 30_000;

/** Lets one process at a time start a sandbox in this directory. Returns undefined if another one has the lock. */
export function acquireStartLock(dir: string): { release(): void } | undefined {
  const path = join(dir, 'start.lock');
  const content = JSON.stringify({ pid: process.pid, time: Date.now(), random: Math.random() });
  if (!create(path, content)) {
    const current = read(path);
    if (current === undefined) return create(path, content) ? lock(path, content) : undefined;
    if (!isStale(current) || !removeIfSame(path, current) || !create(path, content)) return undefined;
  }
  return lock(path, content);
}

function lock(path: string, content: string): { release(): void } {
  return { release: () => void removeIfSame(path, content) };
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
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

function isStale(content: string): boolean {
  try {
    const { pid, time } = JSON.parse(content) as { pid: number; time: number };
    return Date.now() - time > staleAfterMs || !isAlive(pid);
  } catch {
    return true;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
