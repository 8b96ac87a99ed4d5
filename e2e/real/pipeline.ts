import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const gitlabCiLocal = join(repository, 'node_modules/.bin/gitlab-ci-local');

/** The result of a pipeline. */
export interface Pipeline {
  readonly passed: boolean;
  /** The jobs that ran, in order, such as `PASS lint-test`. */
  readonly jobs: readonly string[];
  /** The output of all jobs. */
  readonly log: string;
}

/** A clone of this repository's HEAD in a temporary directory, whose commits go through .gitlab-ci.yml. */
export interface Clone extends Disposable {
  /** The clone's parent directory, for files that jobs write outside the clone. */
  readonly outside: string;
  readonly git: (...args: string[]) => string;
  /** Checks out a branch that starts at this commit. */
  readonly branch: (name: string, from: string) => void;
  /** Changes files and returns the commit. A file with new content `undefined` is removed. */
  readonly commit: (changes: Readonly<Record<string, (before: string) => string | undefined>>) => string;
  /** Runs a pipeline for the current commit with these CI/CD variables. The signal kills all its processes. */
  readonly run: (variables: Readonly<Record<string, string>>, options: RunOptions) => Promise<Pipeline>;
}

export interface RunOptions {
  readonly mergeRequest?: boolean;
  readonly signal: AbortSignal;
}

/** Gives every job a new clone, as on a runner: only artifacts and dotenv reports reach the next job. */
const asOnARunner = ['--force-shell-executor', '--shell-isolation', '--no-artifacts-to-source'];
const asInAMergeRequest = [
  ...['--variable', 'CI_PIPELINE_SOURCE=merge_request_event'],
  ...['--unset-variable', 'CI_COMMIT_BRANCH'],
];

export function cloneRepository(): Clone {
  const outside = mkdtempSync(join(tmpdir(), 'tozo-pipeline-'));
  const path = join(outside, 'clone');
  const env = { ...machineEnvironment(), HOME: join(outside, 'home') };
  mkdirSync(env.HOME);
  const run = (cwd: string, ...args: string[]): string =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  const git = (...args: string[]): string => run(path, ...args);

  run(outside, 'clone', '-q', '--bare', repository, 'origin.git');
  run(join(outside, 'origin.git'), 'update-ref', 'refs/heads/main', 'HEAD');
  run(join(outside, 'origin.git'), 'symbolic-ref', 'HEAD', 'refs/heads/main');
  run(outside, 'clone', '-q', 'origin.git', 'clone');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');

  return {
    outside,
    git,
    branch: (name, from) => void git('checkout', '-q', '-B', name, from),
    commit(changes) {
      for (const [file, change] of Object.entries(changes)) edit(join(path, file), change);
      git('add', '-A');
      git('commit', '-q', '-m', `change ${Object.keys(changes).join(', ')}`);
      return git('rev-parse', 'HEAD');
    },
    async run(variables, { mergeRequest = false, signal }) {
      const variableArgs = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
      const args = [...asOnARunner, ...(mergeRequest ? asInAMergeRequest : []), ...variableArgs];
      const child = spawn(gitlabCiLocal, args, { cwd: path, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const stop = (): void => void process.kill(-(child.pid ?? 0), 'SIGKILL');
      signal.addEventListener('abort', stop, { once: true });
      let log = '';
      for (const output of [child.stdout, child.stderr])
        output.setEncoding('utf8').on('data', (text: string) => (log += text));
      const [code] = (await once(child, 'close')) as [number | null];
      signal.removeEventListener('abort', stop);
      return pipeline(code === 0, log);
    },
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
}

function pipeline(passed: boolean, colored: string): Pipeline {
  const log = stripVTControlCharacters(colored);
  const jobs = [...log.matchAll(/^ *(PASS|FAIL) +(\S+) *$/gm)].map(([, result, job]) => `${result} ${job}`);
  return { passed, jobs, log };
}

function edit(file: string, change: (before: string) => string | undefined): void {
  const after = change(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (after === undefined) return rmSync(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, after);
}

/** Returns the environment without variables of this test run, which must not reach the pipeline's jobs. */
function machineEnvironment(): NodeJS.ProcessEnv {
  const own = /^(CI|CI_.*|GITLAB_.*|HEROKU_.*|NODE_ENV|NODE_OPTIONS|NX_.*|npm_.*|TEST.*|TOZO_.*|VITEST.*|FORCE_COLOR)$/;
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'));
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { ...Object.fromEntries(inherited), PATH: directories.join(delimiter) };
}
