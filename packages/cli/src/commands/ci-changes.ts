import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Changes, formatChanges } from '@tozo/gitlab-ci';
import type { Workspace } from '@tozo/nx';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';
import type { CiApp } from './ci-apps.ts';

export interface WriteChangesOptions {
  readonly apps: readonly CiApp[];
  /** A commit that every app runs, or a later one. */
  readonly since: string | undefined;
  /** The workspace of Nx, if it's loaded already. */
  readonly workspace?: Workspace | undefined;
  /** The file to write, relative to the current directory. */
  readonly out: string;
}

/** Returns the commit of the job. */
export function commitOf(env: NodeJS.ProcessEnv, command: string): string {
  const commit = env['CI_COMMIT_SHA'];
  if (!commit) throw new UsageError(`CI_COMMIT_SHA isn't set: ${command} runs in a job of GitLab CI/CD.`);
  return commit;
}

/**
 * Writes which commit changed each app last, and a digest of what its image is built from, for the deploy jobs. What can't be
 * found out is left out and reported: then the app is deployed.
 */
export async function writeChanges(
  commit: string,
  { apps, since, workspace, out }: WriteChangesOptions,
  { cwd, stderr }: CommandContext,
): Promise<void> {
  const { findAppChanges } = await import('@tozo/nx');
  const [{ changedAt, notes }, digests] = await Promise.all([
    findAppChanges({ apps: apps.map(({ path }) => path), since, workspace }),
    Promise.all(apps.map((app) => readDigest(app))),
  ]);
  for (const note of notes) stderr.write(`${note}\n`);
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
  const file = resolve(cwd, out);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, formatChanges(changes));
}

async function readDigest({ directory }: CiApp): Promise<{ readonly digest?: string; readonly problem?: string }> {
  const { contextDigestOf, loadConfig } = await import('@tozo/deploy');
  try {
    return { digest: await contextDigestOf(directory, await loadConfig(directory)) };
  } catch (error) {
    return { problem: `no digest can be computed, so it wasn't built here: ${(error as Error).message}` };
  }
}
