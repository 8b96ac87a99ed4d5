import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Returns when a process started, in the system's ticks, or undefined if there is no such process. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const maxRounds = 100;

/**
 * Ends all processes whose root is a directory or inside it, whatever became of their parents. A process that starts others
 * meanwhile is stopped first.
 */
export async function killProcessesBelow(directory: string): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const found = findProcessesBelow(directory);
    if (found.length === 0) return;
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of found) send(pid, signal);
    await setTimeout(Math.min(round, 20));
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function findProcessesBelow(directory: string): number[] {
  const isBelow = (root: string) => root === directory || root.startsWith(`${directory}/`);
  const found: number[] = [];
  const hidden = new Map<number, number[]>();
  for (const pid of processIds()) {
    try {
      if (isBelow(readlinkSync(`/proc/${pid}/root`))) found.push(pid);
    } catch {
      const uid = ownerOf(pid);
      if (uid !== undefined && uid !== 0) hidden.set(uid, [...(hidden.get(uid) ?? []), pid]);
    }
  }
  for (const [uid, pids] of hidden)
    found.push(
      ...rootsSeenBy(uid, pids)
        .filter(([, root]) => isBelow(root))
        .map(([pid]) => pid),
    );
  return found;
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && pid !== process.pid);
  } catch {
    return [];
  }
}

function ownerOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}

const readRoots = 'for pid do root=$(readlink "/proc/$pid/root") && echo "$pid $root"; done';

/** In a container, root may not see the root of another user's process. That user may. */
function rootsSeenBy(uid: number, pids: readonly number[]): [pid: number, root: string][] {
  if (process.getuid!() !== 0) return [];
  const { stdout } = spawnSync('/bin/sh', ['-c', readRoots, 'sh', ...pids.map(String)], {
    uid,
    gid: uid,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (stdout ?? '').split('\n').flatMap((line): [number, string][] => {
    const [, pid, root] = /^(\d+) (.+)$/.exec(line) ?? [];
    return root === undefined ? [] : [[Number(pid), root]];
  });
}
