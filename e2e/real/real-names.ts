import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JournalEntry } from '@tozo/sandbox';
import { cleanEnvironment } from '../src/testing/tozo.ts';
import { type Namespace, startNamespace } from './namespace.ts';

/** The world as it is for a program in a namespace: Heroku, its registry, Docker Hub and GitLab under their own names. */
export interface RealNames extends AsyncDisposable, Access {
  readonly namespace: Namespace;
  /** Runs a program in there, whatever it exits with, and prints what it said, secrets cut. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** All that the sandbox has been asked. */
  journal(): Promise<JournalEntry[]>;
}

interface Access {
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  /** To trust, for programs that do not read the system's bundle. */
  readonly caFile: string;
  /** Where the app `shop` is visited, in there. */
  readonly appUrl: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const sandboxScript = fileURLToPath(new URL('real-names-sandbox.ts', import.meta.url));
const names = ['api.heroku.com', 'registry.heroku.com', 'docker.io', 'registry-1.docker.io', 'gitlab.com'];

export async function startRealNames(): Promise<RealNames> {
  const namespace = await startNamespace(names);
  const home = join(namespace.directory, 'home');
  await mkdir(home);
  const start = (command: string, args: readonly string[], { env, cwd }: RunOptions = {}) => {
    const [program = '', ...words] = [...namespace.enter(cwd), command, ...args];
    return spawn(program, words, { env: cleanEnvironment({ HOME: home, ...env }) });
  };
  const sandbox = start(process.execPath, [sandboxScript, join(namespace.directory, 'sandbox')], {
    env: { NODE_OPTIONS: `--conditions=@tozo/source --import=${import.meta.resolve('tsx')}` },
  });
  const lines = linesOf(sandbox);
  const access = JSON.parse(await lines()) as Access;
  await copyFile(access.caFile, namespace.bundle);
  const secrets = [access.apiKey, access.gitlabToken, access.gitlabJobToken];
  return {
    ...access,
    namespace,
    async run(command, args, options = {}) {
      const ran = await outcome(start(command, args, options), options.input);
      const said = [`$ ${command} ${args.join(' ')}`, ran.stdout, ran.stderr]
        .filter(Boolean)
        .map((text) => text.trimEnd());
      process.stdout.write(`${withoutSecrets(said.join('\n'), secrets)}\n`);
      return ran;
    },
    async journal() {
      sandbox.stdin.write('\n');
      return JSON.parse(await lines()) as JournalEntry[];
    },
    async [Symbol.asyncDispose]() {
      const ended = once(sandbox, 'exit');
      sandbox.stdin.end();
      await ended;
      await namespace[Symbol.asyncDispose]();
    },
  };
}

/** Reads what a process prints line by line. */
function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr!.on('data', (text) => (complaint += String(text)));
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the sandbox has ended: ${complaint}`);
    return value;
  };
}

async function outcome(child: ChildProcess, input = ''): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
  }
  child.stdin!.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(`_:${secret}`).toString('base64')]);
  return forms.reduce((cut, form) => cut.replaceAll(form, '[REDACTED]'), text);
}
