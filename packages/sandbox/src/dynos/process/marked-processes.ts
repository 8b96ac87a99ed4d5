import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How many processes are examined in one turn of the event loop. */
const perTurn = 100;
const pauseMs = 10;
const longestKillMs = 5000;

/**
 * Sends SIGTERM to the processes of a dyno that aren't in its first process's group. They carry the dyno's marker, part of its
 * directory's name: in the environment that they inherited, or in the mounts of the dyno's own mount namespace.
 */
export async function endOtherGroups(marker: string, group: number): Promise<void> {
  await forMarked(marker, (pid, itsGroup) => itsGroup !== group && send(pid, 'SIGTERM'));
}

/** Kills all processes of a dyno until none is left, because they may start others in the meantime. */
export async function killMarked(marker: string): Promise<void> {
  const deadline = performance.now() + longestKillMs;
  while ((await forMarked(marker, (pid) => send(pid, 'SIGKILL'))) > 0 && performance.now() < deadline) {
    await sleep(pauseMs);
  }
}

type Signal = (pid: number, group: number) => boolean;

/** Returns how many processes were signaled. */
async function forMarked(marker: string, signal: Signal): Promise<number> {
  return existsSync('/proc/self/environ')
    ? await forMarkedInProc(marker, signal)
    : await forMarkedListed(marker, signal);
}

/** Reads and signals each process without a pause in between, in which its ID could become another's. */
async function forMarkedInProc(marker: string, signal: Signal): Promise<number> {
  const ownNamespace = readLink('/proc/self/ns/mnt');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  let signaled = 0;
  for (const [index, pid] of pids.entries()) {
    if (index % perTurn === perTurn - 1) await turn();
    const isMarked =
      read(`/proc/${pid}/environ`).includes(marker) ||
      (readLink(`/proc/${pid}/ns/mnt`) !== ownNamespace && read(`/proc/${pid}/mountinfo`).includes(marker));
    if (isMarked && signal(Number(pid), groupOf(read(`/proc/${pid}/stat`)))) signaled++;
  }
  return signaled;
}

/** The program's name, in parentheses, may contain anything. */
const groupOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);

/** For systems without /proc: macOS shows the environments of one's own processes. */
async function forMarkedListed(marker: string, signal: Signal): Promise<number> {
  const { stdout } = await promisify(execFile)('/bin/ps', ['-axEww', '-o', 'pid=,pgid=,command='], {
    maxBuffer: 64 * 2 ** 20,
  }).catch(() => ({ stdout: '' }));
  const lines = stdout.split('\n').filter((line) => line.includes(marker));
  return lines.filter((line) => {
    const [pid, group] = line.trim().split(/\s+/, 2).map(Number);
    return signal(pid ?? 0, group ?? 0);
  }).length;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return pid > 1 && pid !== process.pid && process.kill(pid, signal);
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
