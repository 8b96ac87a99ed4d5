import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { PlacedCommand } from '../disk/disk.ts';
import type { Dyno, DynoExit } from '../dyno.ts';
import { endOtherGroups, killMarked } from './marked-processes.ts';
import type { Guard } from './guard.ts';
import { type OutputTarget, readLines } from '../lines.ts';

export interface ProcessOptions extends OutputTarget {
  readonly input?: Readable;
  readonly command: PlacedCommand;
  readonly env: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL, in milliseconds. */
  readonly killAfterMs: number;
  readonly guard: Guard;
  /** What the environment or the mounts of all the dyno's processes contain, and of no others. */
  readonly marker: string;
}

/** How long to wait for output left in the pipes after the end. */
const lastOutputMs = 1000;

/**
 * Starts a process as the leader of its own group. All processes that come from it end with it, as a dyno's processes end
 * with its first.
 *
 * @throws SandboxError COMMAND_NOT_FOUND when the system can't execute it
 */
export async function startProcess(options: ProcessOptions): Promise<Dyno> {
  const { guard, killAfterMs, marker } = options;
  const child = await spawnGroup(options);
  const pid = child.pid as number;
  guard.add(marker);
  guard.add(pid);
  // The process may end before it has read all input.
  if (child.stdin) options.input?.pipe(child.stdin.on('error', () => undefined));
  if (child.stdout) readLines(child.stdout, options);
  if (child.stderr) readLines(child.stderr, options);
  const exited = untilGone(child, pid, options);
  let stopping: Promise<void> | undefined;
  return {
    pid,
    exited,
    kill: () => signalGroup(pid, 'SIGKILL'),
    stop: async () => await (stopping ??= stopAll(pid, marker, exited, killAfterMs)),
  };
}

async function spawnGroup({ command, env, input }: ProcessOptions): Promise<ChildProcess> {
  const { file, args, cwd } = command;
  try {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxError('COMMAND_NOT_FOUND', `${file} can't be executed: ${reason}`, { cause: error });
  }
}

async function untilGone(child: ChildProcess, pid: number, { guard, marker }: ProcessOptions): Promise<DynoExit> {
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  signalGroup(pid, 'SIGKILL');
  guard.drop(pid);
  await killMarked(marker);
  guard.drop(marker);
  const waiting = new AbortController();
  await Promise.race([closed, sleep(lastOutputMs, undefined, { signal: waiting.signal }).catch(() => undefined)]);
  waiting.abort();
  return { code, signal };
}

async function stopAll(pid: number, marker: string, exited: Promise<unknown>, killAfterMs: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  void endOtherGroups(marker, pid);
  const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMs);
  await exited;
  clearTimeout(kill);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
