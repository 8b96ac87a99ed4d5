import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Invocation } from './invocations.ts';

const version = '11.10.0';
const timeoutMs = 180_000;

/** Returns the directory of the CLI's program `heroku`: in `directory`, installed there if missing. 400 MB. */
export function installCli(directory: string): string {
  const bin = join(directory, 'node_modules/.bin');
  if (existsSync(join(bin, 'heroku'))) return bin;
  const options = ['--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  const { status } = spawnSync('npm', ['install', ...options, `heroku@${version}`], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`heroku@${version} could not be installed in ${directory}.`);
  return bin;
}

export interface CliOptions {
  /** A command prefix that enters a network namespace: the CLI reports errors to its makers. */
  readonly enter: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What differs from the expectation; empty if nothing does. */
export interface InvocationResult {
  readonly problems: readonly string[];
  readonly output: string;
}

const repeatMs = 30_000;

/** Runs the CLI as expected by the table. */
export async function runInvocation(invocation: Invocation, options: CliOptions): Promise<InvocationResult> {
  const deadline = performance.now() + repeatMs;
  for (;;) {
    const result = await runOnce(invocation, options);
    if (result.problems.length === 0 || !invocation.repeat || performance.now() > deadline) return result;
    await sleep(500);
  }
}

async function runOnce(
  { args, code: expected = 0, prints = [], input = '', until }: Invocation,
  { enter, env }: CliOptions,
): Promise<InvocationResult> {
  const [program = '', ...words] = [...enter, 'heroku', ...splitWords(args)];
  const child = spawn(program, words, { env, detached: true });
  let output = '';
  let isInterrupted = false;
  const end = (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (until === undefined || isInterrupted || !output.includes(until)) return;
      isInterrupted = true;
      end('SIGINT');
    });
  }
  child.stdin.on('error', () => undefined).end(input);
  const timer = setTimeout(() => end('SIGKILL'), timeoutMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  const printed = flatten(output);
  return {
    output,
    problems: [
      ...(until === undefined && code !== expected ? [`exit code ${code ?? signal}, not ${expected}`] : []),
      ...prints.filter((text) => !printed.includes(flatten(text))).map((text) => `doesn't print ${text}`),
    ],
  };
}

/** Joins lines that the CLI wrapped, and columns that it aligned. */
function flatten(text: string): string {
  return text
    .replaceAll(/\n ›\s*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('... ', '...')
    .trim();
}

function splitWords(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|(\S+?)'([^']*)'|(\S+)/g)].map(
    ([, quoted, start = '', rest = '', word]) => quoted ?? word ?? `${start}${rest}`,
  );
}
