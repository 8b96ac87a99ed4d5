import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A running server program. */
export interface ServerProcess {
  readonly stop: () => Promise<void>;
}

/** Starts a program with its output in a file, and waits until it is ready. Throws with its output if it never is. */
export async function startServer(
  command: string,
  args: readonly string[],
  { log, isReady, env = process.env }: { log: string; isReady: () => Promise<boolean>; env?: NodeJS.ProcessEnv },
): Promise<ServerProcess> {
  const output = openSync(log, 'w');
  const server = spawn(command, args, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  const stop = () => stopServer(server);
  for (let polls = 0; polls < 600; polls++) {
    if (await isReady().catch(() => false)) return { stop };
    if (server.exitCode !== null) break;
    await wait(100);
  }
  await stop();
  throw new Error(`${command} isn't ready:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await Promise.race([exited, wait(20_000, undefined, { ref: false }).then(() => server.kill('SIGKILL'))]);
  await exited;
}

/** Starts a server on a free port, and tries another one if something else took it in the meantime. */
export async function startOnFreePort(
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ readonly server: ServerProcess; readonly port: number }> {
  for (let attemptsLeft = 4; ; attemptsLeft--) {
    const port = await freePort();
    try {
      return { server: await start(port), port };
    } catch (error) {
      if (attemptsLeft === 0 || !/address already in use/.test(String(error))) throw error;
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Returns the programs that aren't installed. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}
