import { type ChildProcess, spawn } from 'node:child_process';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RunOptions } from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { cleanEnv } from './programs.ts';

/**
 * Executes a program for a RUN in a session of its own, without input, and ends it at the time limit or when the build is
 * canceled. Whatever it leaves behind is ended by `killRest`.
 * @throws RegistryPusherError RUN_FAILED, ABORTED
 */
export async function runProcess(
  step: RunStep,
  argv: readonly string[],
  { signal, output, timeout }: RunOptions,
  killRest: () => Promise<void>,
): Promise<void> {
  throwIfCanceled(signal);
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: '/',
    env: cleanEnv,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', output);
  child.stderr.on('data', output);
  let isLate = false;
  const kill = () => killGroup(child);
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeout);
  signal?.addEventListener('abort', kill);
  process.once('exit', kill);
  try {
    const { code, killedBy } = await ended(child, killRest);
    throwIfCanceled(signal);
    if (isLate) throw lateError(step, timeout);
    if (code !== 0) throw failedError(step, code, killedBy);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    process.removeListener('exit', kill);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

interface Ended {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

/** Processes left behind may hold the output open, so they end first. */
async function ended(child: ChildProcess, killRest: () => Promise<void>): Promise<Ended> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const result = await new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => resolve({ code, killedBy }));
  });
  killGroup(child);
  await killRest();
  await closed;
  return result;
}

function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof RegistryPusherError) throw signal.reason;
  throw new RegistryPusherError('ABORTED', 'The build was canceled during RUN.', { cause: signal.reason });
}

function lateError({ line, text }: RunStep, timeout: number): RegistryPusherError {
  return new RegistryPusherError(
    'RUN_FAILED',
    `Dockerfile line ${line}: ${text}: not finished after ${Math.round(timeout / 1000)} s, so it was ended. ` +
      `If it needs longer, set --run-timeout.`,
  );
}

const hints: Readonly<Record<number, string>> = {
  126: ' The program can’t be executed: is it for another processor, or not executable?',
  127: ' A program was not found: does the image contain it?',
  137: ' It was killed (SIGKILL): often there was too little memory.',
};

function failedError({ line, text }: RunStep, code: number | null, killedBy: string | null): RegistryPusherError {
  const how = code === null ? `was killed by ${killedBy}` : `ended with exit code ${code}`;
  return new RegistryPusherError('RUN_FAILED', `Dockerfile line ${line}: ${text}: ${how}.${hints[code ?? 137] ?? ''}`);
}
