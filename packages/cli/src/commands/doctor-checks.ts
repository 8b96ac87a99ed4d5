import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Check, checkCiVariables, type DeployConfig, note, ok, problem, skipped } from '@tozo/deploy';
import { isCi } from '../target.ts';
import { gitlabAccess } from './job.ts';

const oldestNode = [20, 19] as const;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  return isOld
    ? problem('Node.js', `${version} is too old: tozo needs ${oldestNode.join('.')} or newer.`, 'nvm install 22')
    : ok('Node.js', version);
}

/** Without git a deploy works, but nobody knows later which commit runs. */
export async function checkGit(directory: string): Promise<Check> {
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: directory });
  try {
    const { stdout } = await git('rev-parse', '--short=12', 'HEAD');
    return ok('git', `commit ${stdout.trim()}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return note('git', "isn't installed, so deploys don't record their commit", 'sudo apt-get install git');
    }
    return note('git', "no commit here, so deploys don't record one", 'git init && git add -A && git commit -m first');
  }
}

/** Checks what a job of GitLab CI/CD needs. On other machines there's nothing to check. */
export async function* checkGitlab(
  config: DeployConfig | undefined,
  environment: string | undefined,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Check> {
  const name = 'GitLab';
  const { gitlab } = gitlabAccess(env);
  if (!gitlab) return yield skipped(name, isCi(env) ? 'CI_PROJECT_ID is not set' : 'not in a job of GitLab CI/CD');
  if (!config?.ciVariables)
    return yield ok(name, `project ${gitlab.projectId}; deploy.json requires no CI/CD variables`);
  const findings = await checkCiVariables(config, gitlab, { environment });
  if (findings.length === 0)
    yield ok(
      name,
      `has the CI/CD variables ${config.ciVariables.required.map((one) => (typeof one === 'string' ? one : one.key)).join(', ')}`,
    );
  const remedy = gitlab.token ? 'tozo ci variables check' : 'export GITLAB_TOKEN=…';
  for (const text of findings) yield note(name, text, remedy);
}

export async function checkSandbox(isTarget: boolean): Promise<Check> {
  const { connectSandbox, SandboxError } = await import('@tozo/sandbox/connect');
  try {
    const running = await connectSandbox();
    if (running) return ok('sandbox', `running (process ${running.pid})`);
    return ok('sandbox', isTarget ? 'not running: the next deploy starts it' : 'not running');
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return isTarget
      ? problem('sandbox', error.message, 'tozo sandbox stop')
      : note('sandbox', error.message, 'tozo sandbox stop');
  }
}
