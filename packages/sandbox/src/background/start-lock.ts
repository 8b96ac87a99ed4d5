import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../process/is-alive.ts';

/** How old a lock may be; a start takes a second or two. */
const staleAfterMs = 30_000;

/** Lets one process at a time start a sandbox in this folder; undefined when another is at it. */
export function takeStartLock(dir: string): { release(): void } | undefined {
  const path = join(dir, 'start.lock');
  const content = JSON.stringify({ pid: process.pid, time: Date.now(), random: Math.random() });
  if (!create(path, content)) {
    const held = read(path);
    if (held === undefined) return create(path, content) ? lock(path, content) : undefined;
    if (!isStale(held) || !removeExactly(path, held) || !create(path, content)) return undefined;
  }
  return lock(path, content);
}

function lock(path: string, content: string): { release(): void } {
  return { release: () => void removeExactly(path, content) };
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

/** Removes the lock if it is still this one: it is taken aside first, so that two cannot both remove it. */
function removeExactly(path: string, content: string): boolean {
  const aside = `${path}.${process.pid}.${Date.now()}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  const isSame = read(aside) === content;
  if (!isSame) putBack(aside, path);
  rmSync(aside, { force: true });
  return isSame;
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch {
    // A newer lock lies there already.
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
