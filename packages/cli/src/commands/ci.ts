import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  assertDistinctEnvironments,
  type Changes,
  chooseBase,
  formatChanges,
  gitlabEnvironmentOf,
} from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository, listDeployDirectories } from '../git.ts';
import { isProject, projectIdentity, projectPath } from '../project.ts';
import { UsageError } from '../usage-error.ts';
import { readEnvironments } from './environments.ts';

export interface ChangesOptions {
  /** The file to write, relative to the current directory. */
  readonly out: string;
}

interface CiApp {
  readonly project: string;
  readonly directory: string;
  /** Relative to the repository's root. */
  readonly path: string;
  readonly gitlabEnvironments: readonly string[];
}

/** `tozo ci base`: prints the commit on stdout and the reason on stderr. */
export async function baseCommand({ cwd, env, stdout, stderr }: CommandContext): Promise<void> {
  const apps = await readApps(cwd);
  const { base, reason } = await chooseBase({ env, cwd, environments: environmentsOf(apps) });
  stderr.write(`affected base ${base}: ${reason}\n`);
  stdout.write(`${base}\n`);
}

/**
 * `tozo ci changes`: writes which commit changed each app last, and a digest of what its image is built from, for the deploy
 * jobs. What can't be found out is left out and reported: then the app is deployed.
 */
export async function changesCommand({ out }: ChangesOptions, { cwd, env, stderr }: CommandContext): Promise<void> {
  const apps = await readApps(cwd);
  const { findAppChanges } = await import('@tozo/nx');
  const { since } = await chooseBase({ env, cwd, environments: environmentsOf(apps) });
  const [{ changedAt, notes }, digests] = await Promise.all([
    findAppChanges({ apps: apps.map(({ path }) => path), since }),
    Promise.all(apps.map((app) => readDigest(app))),
  ]);
  for (const note of notes) stderr.write(`${note}\n`);
  const commit = env['CI_COMMIT_SHA'];
  if (!commit) throw new UsageError("CI_COMMIT_SHA isn't set: tozo ci changes runs in a job of GitLab CI/CD.");
  const entries = apps.map(({ project, path }, index) => {
    const { digest, problem } = digests[index]!;
    if (problem !== undefined) stderr.write(`${project}: ${problem}\n`);
    const changed = changedAt[path];
    return [
      path,
      { project, ...(changed ? { changedAt: changed } : {}), ...(digest ? { contextDigest: digest } : {}) },
    ] as const;
  });
  const changes: Changes = { version: 1, commit, apps: Object.fromEntries(entries) };
  await writeFile(resolve(cwd, out), formatChanges(changes));
}

async function readApps(cwd: string): Promise<CiApp[]> {
  const root = await findRepository(cwd).catch(() => undefined);
  if (root === undefined) return [];
  const directories = (await listDeployDirectories(cwd)).filter(isProject);
  const apps = await Promise.all(
    directories.map(async (directory) => {
      const [project, names] = await Promise.all([projectIdentity(directory, root), readEnvironments(directory)]);
      const gitlabEnvironments = names.map((name) => gitlabEnvironmentOf(name, project));
      return { project, directory, path: projectPath(directory, root), gitlabEnvironments };
    }),
  );
  assertDistinctEnvironments(
    'production',
    apps.map(({ project }) => project),
  );
  return apps;
}

function environmentsOf(apps: readonly CiApp[]): string[] {
  return [...new Set(apps.flatMap(({ gitlabEnvironments }) => gitlabEnvironments))];
}

async function readDigest({ directory }: CiApp): Promise<{ readonly digest?: string; readonly problem?: string }> {
  const { contextDigestOf, loadConfig } = await import('@tozo/deploy');
  try {
    return { digest: await contextDigestOf(directory, await loadConfig(directory)) };
  } catch (error) {
    return { problem: `no digest can be computed, so it wasn't built here: ${(error as Error).message}` };
  }
}
