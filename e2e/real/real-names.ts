import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JournalEntry } from '@tozo/sandbox';
import { cleanEnvironment } from '../src/testing/tozo.ts';
import { type Namespace, startNamespace } from './namespace.ts';

/** A namespace in which Heroku, its registry, Docker Hub and GitLab respond under their real names. */
export interface RealNames extends AsyncDisposable, Access {
  readonly namespace: Namespace;
  /** Runs a program in the namespace, and prints its output with secrets redacted. Doesn't throw on failure. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Returns all requests to the sandbox. */
  journal(): Promise<JournalEntry[]>;
}

interface Access {
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  /** The authority to trust, for programs that don't read the system's bundle. */
  readonly caFile: string;
  /** The address of the app `shop` in the namespace. */
  readonly appUrl: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

export interface CommandResult {
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
      const result = await resultOf(start(command, args, options), options.input);
      const printed = [`$ ${command} ${args.join(' ')}`, result.stdout, result.stderr]
        .filter(Boolean)
        .map((text) => text.trimEnd());
      process.stdout.write(`${redact(printed.join('\n'), secrets)}\n`);
      return result;
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

/** Returns a function that reads the next line of a process's output. */
function linesOf(child: ChildProcess): () => Promise<string> {
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  let errors = '';
  child.stderr!.on('data', (text) => (errors += String(text)));
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The sandbox exited: ${errors}`);
    return value;
  };
}

async function resultOf(child: ChildProcess, input = ''): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  }
  child.stdin!.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(`_:${secret}`).toString('base64')]);
  return forms.reduce((redacted, form) => redacted.replaceAll(form, '[REDACTED]'), text);
}
