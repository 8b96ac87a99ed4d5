import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to stdin. Keys go here, because argument lists are visible to everyone. */
  readonly input?: string;
  /** Called for each line of stdout as it arrives, `seconds` after the start. */
  readonly onLine?: (line: string, seconds: number) => void;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const interruption = new AbortController();
setMaxListeners(0, interruption.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

/** Aborts on SIGINT and SIGTERM: commands end, and everything that was started is stopped in order. */
export const interrupted: AbortSignal = interruption.signal;

/** Runs a command. Rejects with its whole output if the exit code isn't 0. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { cwd, env, input = '', onLine }: CommandOptions = {},
): Promise<CommandResult> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const child = spawn(file, args, { cwd, env: env ?? process.env, stdio: 'pipe', signal: interrupted });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  if (onLine) createInterface(child.stdout).on('line', (line) => onLine(line, elapsed()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ${args[0] ?? ''}: exit code ${code}\n${stdout}${stderr}`);
  return { stdout, stderr, seconds: elapsed() };
}

/** A running server process. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
}

const startWithinMs = 120_000;
const endWithinMs = 20_000;

/** Starts a server in the background and waits until `isReady`. Dispose it to end the process. */
export async function startServer(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly log: string; readonly isReady: () => Promise<boolean> },
): Promise<Server> {
  const child = spawn(file, args, { env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(options.log);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  try {
    await waitUntilReady(child, options.isReady);
  } catch (error) {
    await endProcess(child, ended);
    throw new Error(`${file} didn't start:\n${(await readFile(options.log, 'utf8')).slice(-4000)}`, { cause: error });
  }
  return { pid: child.pid!, [Symbol.asyncDispose]: () => endProcess(child, ended) };
}

async function waitUntilReady(child: ChildProcess, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startWithinMs;
  while (!(await isReady().catch(() => false))) {
    interrupted.throwIfAborted();
    if (child.pid === undefined || child.exitCode !== null) throw new Error(`It exited with code ${child.exitCode}.`);
    if (performance.now() > deadline) throw new Error(`It wasn't ready after ${startWithinMs / 1000} s.`);
    await sleep(50);
  }
}

async function endProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  await ended;
  clearTimeout(timer);
}
