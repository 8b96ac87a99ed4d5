import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const holderSchema = z.object({ pid: z.int().positive(), started: z.string().optional(), since: z.string() });

/**
 * The process that holds a lease. `started` tells it from a later process with the same ID, where the system can; `since` is
 * an ISO time.
 */
export type LeaseHolder = z.infer<typeof holderSchema>;

/** Returns this process as a holder. */
export async function thisProcess(): Promise<LeaseHolder> {
  const { started } = (await processStat(process.pid)) ?? {};
  return { pid: process.pid, ...(started ? { started } : {}), since: new Date().toISOString() };
}

/** Returns the holder that a lease file names, or undefined for one that is released or damaged. */
export function parseHolder(json: string | undefined): LeaseHolder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(json ?? '')).data;
  } catch {
    return undefined;
  }
}

export async function isRunning({ pid, started }: LeaseHolder): Promise<boolean> {
  if (!respondsToSignals(pid)) return false;
  const stat = await processStat(pid);
  if (stat === undefined) return true;
  return !stat.isZombie && (started === undefined || stat.started === started);
}

function respondsToSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Reads when a process was started, and whether it's dead and only waits for its parent. Undefined without a /proc.
 * @see proc_pid_stat(5): the fields after the program's name, which may contain spaces and parentheses
 */
async function processStat(pid: number): Promise<{ started: string; isZombie: boolean } | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: `${boot.trim()} ${fields[18]}`, isZombie: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
