import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommand } from '@tozo/cli';
import { compiledProgram } from './compiled.ts';

/** The script of the command `tozo`, to be run by Node. */
export const tozoProgram = compiledProgram('cli', 'tozo');

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout that isn't empty. */
  readonly lastLine: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  /** Resolves once the output contains `text`. */
  waitForOutput(text: string): Promise<void>;
}

/** Returns what a process needs from this environment, without anything that decides where a deploy goes. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, XDG_STATE_HOME } = process.env;
  const directories = { ...(TMPDIR ? { TMPDIR } : {}), ...(XDG_STATE_HOME ? { XDG_STATE_HOME } : {}) };
  return { PATH, HOME, ...directories, DOCKER_HOST: 'unix:///nonexistent', ...more };
}

/** Starts the command `tozo` in its own process, without a terminal. */
export function startTozo(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): RunningCommand {
  const child = spawn(process.execPath, [tozoProgram, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = once(child, 'close').then(([code, signal]): CommandResult => {
    const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr, lastLine };
  });
  return {
    child,
    result,
    async waitForOutput(text) {
      while (!stdout.includes(text) && !stderr.includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`tozo exited before it printed "${text}":\n${stdout}${stderr}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

export async function runTozo(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return startTozo(args, options).result;
}

/** Runs the command `tozo` in this process, from its sources. Faster, for what doesn't depend on a separate process. */
export async function runTozoInProcess(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Pick<CommandResult, 'code' | 'stdout' | 'stderr'>> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const code = await runCommand(args, { ...options, stdin: Readable.from([]), stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err };
}
