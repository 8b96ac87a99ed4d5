import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  assertDistinctEnvironments,
  type Changes,
  chooseBase,
  formatChanges,
  gitlabEnvironmentOf,
  readAppChange,
} from '@tozo/gitlab-ci';
import type { AppChanges } from '@tozo/nx';
import type { CommandContext } from '../command-context.ts';
import { findRepository, listDeployDirectories } from '../git.ts';
import { isProject, projectIdentity, projectPath } from '../project.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { reportStale } from './ci-pipeline.ts';
import { readEnvironments } from './environments.ts';
import { pipelineFile, readPipelineFiles } from './pipeline-files.ts';

export interface AffectedOptions {
  /** The directory to write to, relative to the current one. */
  readonly out: string;
}

export interface ChangesOptions {
  /** The file to write, relative to the current directory. */
  readonly out: string;
  /** The file with the apps' commits that `tozo ci affected` wrote. */
  readonly commits?: string;
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
 * `tozo ci affected`: everything that lint-test needs to know of the project graph, which is computed once. Writes the base
 * commit into `base`, what is affected into `affected.txt`, and which commit changed each app last into `commits.json`. Returns
 * 1 if the deploy jobs aren't up to date.
 */
export async function affectedCommand({ out }: AffectedOptions, context: CommandContext): Promise<number> {
  const { cwd, env, stdout, stderr } = context;
  const commit = commitOf(env, 'affected');
  const [root, apps] = await Promise.all([findRepository(cwd), readApps(cwd)]);
  const { deployProjectsOf, findAffectedProjects, findAppChanges, loadWorkspace } = await import('@tozo/nx');
  const [{ base, reason, since }, workspace] = await Promise.all([
    chooseBase({ env, cwd, environments: environmentsOf(apps) }),
    withUsageErrors(Error, () => loadWorkspace(cwd)),
  ]);
  const [affected, { changedAt, notes }, files] = await Promise.all([
    findAffectedProjects({ workspace, base, head: 'HEAD' }),
    findAppChanges({ apps: apps.map(({ path }) => path), since, cwd, workspace }),
    readPipelineFiles(root, join(root, pipelineFile), {}, deployProjectsOf(workspace.graph)),
  ]);
  const text = `${[`affected base ${base}: ${reason}`, ...affected].join('\n')}\n`;
  stdout.write(text);
  for (const note of notes) stderr.write(`${note}\n`);
  const directory = resolve(cwd, out);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'base'), `${base}\n`);
  await writeFile(join(directory, 'affected.txt'), text);
  await writeFile(
    join(directory, 'commits.json'),
    formatChanges({ version: 1, commit, apps: entriesOf(apps, changedAt) }),
  );
  return reportStale(files, root, undefined, context);
}

/**
 * `tozo ci changes`: writes which commit changed each app last, and a digest of what its image is built from, for the deploy
 * jobs. What can't be found out is left out and reported: then the app is deployed.
 */
export async function changesCommand(
  { out, commits }: ChangesOptions,
  { cwd, env, stderr }: CommandContext,
): Promise<void> {
  const commit = commitOf(env, 'changes');
  const apps = await readApps(cwd);
  const found =
    (commits === undefined ? undefined : await readCommits(resolve(cwd, commits), apps, commit)) ??
    (await findCommits(apps, cwd, env));
  for (const note of found.notes) stderr.write(`${note}\n`);
  const digests = await Promise.all(apps.map((app) => readDigest(app)));
  for (const [index, { problem }] of digests.entries())
    if (problem !== undefined) stderr.write(`${apps[index]!.project}: ${problem}\n`);
  const entries = entriesOf(
    apps,
    found.changedAt,
    digests.map(({ digest }) => digest),
  );
  await writeFile(resolve(cwd, out), formatChanges({ version: 1, commit, apps: entries }));
}

/** Reads what `tozo ci affected` found out. Undefined if that isn't there for every app. */
async function readCommits(file: string, apps: readonly CiApp[], commit: string): Promise<AppChanges | undefined> {
  const found = await Promise.all(apps.map(({ path }) => readAppChange(file, path, commit)));
  const changedAt: Record<string, string> = {};
  for (const [index, change] of found.entries()) {
    if (typeof change === 'string') return undefined;
    if (change.changedAt !== undefined) changedAt[apps[index]!.path] = change.changedAt;
  }
  return { changedAt, notes: [] };
}

async function findCommits(apps: readonly CiApp[], cwd: string, env: NodeJS.ProcessEnv): Promise<AppChanges> {
  const { findAppChanges } = await import('@tozo/nx');
  const { since } = await chooseBase({ env, cwd, environments: environmentsOf(apps) });
  return await findAppChanges({ apps: apps.map(({ path }) => path), since, cwd });
}

function entriesOf(
  apps: readonly CiApp[],
  changedAt: AppChanges['changedAt'],
  digests: readonly (string | undefined)[] = [],
): Changes['apps'] {
  const entries = apps.map(({ project, path }, index) => {
    const [changed, digest] = [changedAt[path], digests[index]];
    return [
      path,
      { project, ...(changed ? { changedAt: changed } : {}), ...(digest ? { contextDigest: digest } : {}) },
    ] as const;
  });
  return Object.fromEntries(entries);
}

function commitOf(env: NodeJS.ProcessEnv, command: string): string {
  const commit = env['CI_COMMIT_SHA'];
  if (!commit) throw new UsageError(`CI_COMMIT_SHA isn't set: tozo ci ${command} runs in a job of GitLab CI/CD.`);
  return commit;
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
