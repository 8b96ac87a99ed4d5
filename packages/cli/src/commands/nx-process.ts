import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { stopSignals } from '../signals.ts';

/**
 * Runs Nx with this process's output, and passes signals on: a shell's child gets none of them by itself. Returns its exit code,
 * 128 plus the number of a signal.
 */
export async function runNx(
  script: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of stopSignals) process.on(signal, pass);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    for (const signal of stopSignals) process.off(signal, pass);
  }
}
