import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';

/** Where and how a process runs. */
export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Interrupts the process, which then finishes what it's doing. */
  readonly signal?: AbortSignal;
  /** Ends the process at once: kills it with its children, or interrupts it again if that ends it. */
  readonly again?: AbortSignal;
  readonly endsOnInterrupts?: boolean;
  /** Lets only this user read the files that the process creates. */
  readonly isPrivate?: boolean;
  /** Called for each line of output, both streams, without its line break. */
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  /** Null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a process without input and waits for its end, also after a signal. It has its own process group, so Ctrl-C in a terminal
 * reaches it once: Terraform abandons its work at the second interrupt.
 * @throws the system's error if the program can't be started
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  { cwd, env, signal, again, endsOnInterrupts, isPrivate, onLine }: ProcessOptions,
): Promise<ProcessResult> {
  signal?.throwIfAborted();
  const start = () => spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const child = isPrivate ? withPrivateUmask(start) : start();
  const interrupt = (): void => void child.kill('SIGINT');
  const end = (): void => {
    if (endsOnInterrupts) return interrupt();
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  signal?.addEventListener('abort', interrupt);
  again?.addEventListener('abort', end);
  try {
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      readLines(child.stdout, onLine),
      readLines(child.stderr, onLine),
    ]);
    return { code, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', interrupt);
    again?.removeEventListener('abort', end);
  }
}

/** A process inherits the umask, which only the main thread can set. */
function withPrivateUmask<T>(start: () => T): T {
  if (!isMainThread) return start();
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

async function readLines(stream: Readable, onLine: ProcessOptions['onLine']): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line);
    onLine?.(line);
  }
  return lines.join('\n');
}
