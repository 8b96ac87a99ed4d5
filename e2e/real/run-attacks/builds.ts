import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiledProgram } from '../../src/testing/compiled.ts';
import { cleanEnvironment } from '../../src/testing/tozo.ts';

const program = compiledProgram('registry-pusher', 'registry-pusher');

export interface Build {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves once the output contains a text. */
  readonly prints: (text: string) => Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface BuildPlace {
  /** For the build context and temporary files. */
  readonly directory: string;
  /** The reference to push to. */
  readonly target: string;
  /** A command in front, which takes or adds privileges. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly options?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly stdio?: readonly number[];
}

/** Starts `registry-pusher push` of a Dockerfile. Its temporary files are in `tmp` of the directory. */
export async function startBuild(dockerfile: string, place: BuildPlace): Promise<Build> {
  const { directory, target, prefix = [], env = {}, options = [], files = {}, stdio = [] } = place;
  const [context, tmp] = [join(directory, 'context'), join(directory, 'tmp')];
  await mkdir(context, { recursive: true });
  await mkdir(tmp, { recursive: true, mode: 0o777 });
  for (const [name, text] of Object.entries({ Dockerfile: dockerfile, ...files }))
    await writeFile(join(context, name), text);
  const args = ['push', target, '--context', context, '--builder', 'direct', ...options];
  const [command, ...words] = [...prefix, process.execPath, program, ...args] as [string, ...string[]];
  const child = spawn(command, words, {
    cwd: directory,
    env: cleanEnvironment({ TMPDIR: tmp, HOME: directory, ...env }),
    stdio: ['ignore', 'pipe', 'pipe', ...stdio],
  });
  let printed = '';
  let listener = () => undefined as void;
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      listener();
    });
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    child,
    output: () => printed,
    ended,
    prints: async (text) => {
      const found = new Promise<void>((resolve) => {
        listener = () => (printed.includes(text) ? resolve() : undefined);
        listener();
      });
      await Promise.race([
        found,
        ended.then(() => {
          if (!printed.includes(text)) throw new Error(`the build ended before it printed ${text}:\n${printed}`);
        }),
      ]);
    },
  };
}
