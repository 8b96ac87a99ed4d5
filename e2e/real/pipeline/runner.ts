import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const gitlabCiLocal = join(workspace, 'node_modules/.bin/gitlab-ci-local');

/** The result of a pipeline. */
export interface Pipeline {
  readonly passed: boolean;
  /** The jobs that ran, such as `PASS lint-test`, sorted. */
  readonly jobs: readonly string[];
  /** The output of all jobs. */
  readonly log: string;
}

export interface RunOptions {
  readonly mergeRequest?: boolean;
  /** The manual jobs that someone starts. */
  readonly manual?: readonly string[];
  /** Runs these jobs only. */
  readonly only?: readonly string[];
  /** CI/CD variables in addition to the pipeline's own, or in their place. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether GitLab's JSON schema is checked first, which takes seconds. Default: true. */
  readonly validate?: boolean;
  /** What precedes the runner's command, such as `unshare`. */
  readonly prefix?: readonly string[];
  /** Receives the output as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Gives every job a new clone, as on a runner: only artifacts and dotenv reports reach the next job. */
const asOnARunner = [
  '--force-shell-executor',
  '--shell-isolation',
  '--no-artifacts-to-source',
  '--ignore-predefined-vars',
  'CI_API_V4_URL,CI_PROJECT_ID,CI_PROJECT_URL,CI_PIPELINE_SOURCE,CI_PIPELINE_ID,CI_JOB_ID',
];
const asInAMergeRequest = [
  ...['--variable', 'CI_PIPELINE_SOURCE=merge_request_event'],
  ...['--unset-variable', 'CI_COMMIT_BRANCH'],
];

/** Returns why pipelines can't run here, or undefined if they can. */
export function runnerBlocker(): string | undefined {
  const missing = ['rsync', 'git', 'bash'].filter((command) => !isInstalled(command));
  return missing.length > 0 ? `gitlab-ci-local needs ${missing.join(', ')} (apt-get install rsync git)` : undefined;
}

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a pipeline for the current commit of a clone. The signal kills all its processes. */
export async function runPipeline(
  cwd: string,
  variables: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  options: RunOptions,
): Promise<Pipeline> {
  const { mergeRequest = false, manual = [], only = [], variables: more = {}, prefix = [] } = options;
  const { validate = true, onOutput, signal } = options;
  const args = [
    ...asOnARunner,
    ...(validate ? [] : ['--no-json-schema-validation']),
    ...(mergeRequest ? asInAMergeRequest : []),
    ...Object.entries({ ...variables, ...more }).flatMap(([name, value]) => ['--variable', `${name}=${value}`]),
    ...manual.flatMap((job) => ['--manual', job]),
    ...only,
  ];
  const [file, ...rest] = [...prefix, gitlabCiLocal, ...args] as [string, ...string[]];
  const child = spawn(file, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void process.kill(-(child.pid ?? 0), 'SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  let log = '';
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      onOutput?.(stripVTControlCharacters(text));
    });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  return pipeline(code === 0, stripVTControlCharacters(log));
}

/** gitlab-ci-local ends with 0 if a job failed that has `allow_failure: exit_codes`, whatever its exit code was. */
function pipeline(isSuccess: boolean, log: string): Pipeline {
  const summary = log.matchAll(/^ *(PASS|WARN|FAIL) +(\S+(?: \S+)*?)(?: {2,}.*)?$/gm);
  const jobs = [...summary].map(([, result, job]) => `${result} ${job}`).toSorted();
  return { passed: isSuccess && !jobs.some((job) => job.startsWith('FAIL ')), jobs, log };
}

/** Returns the environment without variables of this test run, which must not reach the pipeline's jobs. */
export function machineEnvironment(): NodeJS.ProcessEnv & { readonly PATH: string } {
  const own = /^(CI|CI_.*|GITLAB_.*|HEROKU_.*|NODE_ENV|NODE_OPTIONS|NX_.*|npm_.*|TEST.*|TOZO_.*|VITEST.*|FORCE_COLOR)$/;
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'));
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { ...Object.fromEntries(inherited), PATH: directories.join(delimiter) };
}
