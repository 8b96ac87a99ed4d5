import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clone, cloneNextTo } from './clone.ts';
import { machineEnvironment, type Pipeline, runPipeline, type RunOptions, workspace } from './runner.ts';

/** A clone of this repository's HEAD in a temporary directory, whose commits go through .gitlab-ci.yml. */
export interface RepositoryClone extends Clone, Disposable {
  /** The clone's parent directory, for files that jobs write outside the clone. */
  readonly outside: string;
  /** Runs a pipeline for the current commit with these CI/CD variables. */
  readonly run: (variables: Readonly<Record<string, string>>, options: RunOptions) => Promise<Pipeline>;
}

export function cloneRepository(): RepositoryClone {
  const outside = mkdtempSync(join(tmpdir(), 'tozo-pipeline-'));
  const env = { ...machineEnvironment(), HOME: join(outside, 'home') };
  mkdirSync(env.HOME);
  const origin = join(outside, 'origin.git');
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: outside, env, stdio: 'pipe' });
  git('clone', '-q', '--bare', workspace, origin);
  git('-C', origin, 'update-ref', 'refs/heads/main', 'HEAD');
  git('-C', origin, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  const clone = cloneNextTo(origin, env);
  return {
    ...clone,
    outside,
    run(variables, options) {
      // The jobs with the API key fetch the commit themselves.
      clone.git('push', '-q', '--force', 'origin', 'HEAD');
      return runPipeline(clone.path, { CI_PROJECT_URL: origin.replace(/\.git$/, ''), ...variables }, env, options);
    },
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
}
