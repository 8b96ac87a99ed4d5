import { chooseBase, emptyTree } from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { findIncomplete } from './affected-run.ts';
import { environmentsOf, readCiApps } from './ci-apps.ts';
import { commitOf, writeChanges } from './ci-changes.ts';

export interface ChangesOptions {
  /** The file to write, relative to the current directory. */
  readonly out: string;
}

/**
 * `tozo ci base`: prints the commit on stdout and the reason on stderr. If the difference from the base isn't all that may have
 * to be deployed, that's git's empty tree: no other commit makes `nx affected` build enough.
 */
export async function baseCommand({ cwd, env, stdout, stderr }: CommandContext): Promise<void> {
  const found = await chooseBase({ env, cwd, environments: environmentsOf(await readCiApps(cwd)) });
  const range = { base: found.base, head: 'HEAD' };
  const incomplete =
    found.base === emptyTree
      ? undefined
      : await findIncomplete(await findRepository(cwd).catch(() => cwd), range, found);
  const base = incomplete ? emptyTree : found.base;
  const reason = incomplete && `treating every project as affected: ${found.reason}; ${incomplete.note}`;
  stderr.write(`affected base ${base}: ${reason ?? found.reason}\n`);
  stdout.write(`${base}\n`);
}

/** `tozo ci changes`: writes which commit changed each app last. */
export async function changesCommand({ out }: ChangesOptions, context: CommandContext): Promise<void> {
  const { cwd, env } = context;
  const commit = commitOf(env, 'tozo ci changes');
  const apps = await readCiApps(cwd);
  const { since } = await chooseBase({ env, cwd, environments: environmentsOf(apps) });
  await writeChanges(commit, { apps, since, out }, context);
}
