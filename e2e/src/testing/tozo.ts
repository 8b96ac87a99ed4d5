import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommand } from '@tozo/cli';
import { compiledProgram } from './compiled.ts';

/** The command `tozo`, for Node. */
export const tozoProgram = compiledProgram('cli', 'tozo');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line that is not empty. */
  readonly lastLine: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves once this text stands in the output. */
  printed(text: string): Promise<void>;
}

/** What a process needs of this machine, and nothing that could decide where a deploy goes. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), DOCKER_HOST: 'unix:///nonexistent', ...more };
}

/** Starts the command `tozo` as people do: a process of its own, without a terminal. */
export function startTozo(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, [tozoProgram, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]): Ran => {
    const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr, lastLine };
  });
  return {
    child,
    ended,
    async printed(text) {
      while (!stdout.includes(text) && !stderr.includes(text)) {
        if (child.exitCode !== null) throw new Error(`tozo ended before it printed "${text}":\n${stdout}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

export async function runTozo(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Ran> {
  return startTozo(args, options).ended;
}

/** The command `tozo` in this process, from its sources: for what does not depend on being a process of its own. */
export async function runTozoInProcess(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Pick<Ran, 'code' | 'stdout' | 'stderr'>> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const code = await runCommand(args, { ...options, stdin: Readable.from([]), stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err };
}
