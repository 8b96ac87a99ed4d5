import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import type { Manager } from '../managers/manager.ts';
import { allDependencies, type Member } from '../project/closure.ts';
import type { Project } from '../project/find-project.ts';

/** A private directory with what an install reads of a workspace. Disposing of it deletes it, credentials in .npmrc included. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string;
}

export async function createScratch(
  { root, lockFile }: Project,
  members: readonly Member[],
  { settings }: Manager,
): Promise<Scratch> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'image-deps-')));
  const scratch = { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  try {
    const manifests = members.map(({ path }) => posix.join(path, 'package.json'));
    const local = members.flatMap(localFiles);
    for (const path of new Set(['package.json', lockFile, ...settings, ...manifests, ...local]))
      await copyIfPresent(join(root, path), join(directory, path));
    return scratch;
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns the archives and directories that a member's `file:` dependencies name, relative to the workspace's root. */
function localFiles({ path, manifest }: Member): string[] {
  return Object.entries(allDependencies(manifest)).flatMap(([name, range]) => {
    const [, local] = /^(?:(?:file|link|portal):|(?=\.{1,2}\/))([^#]+)/.exec(range) ?? [];
    if (local === undefined) return [];
    const target = posix.join(path, local);
    if (!target.startsWith('../') && !local.startsWith('/') && !local.startsWith('~')) return [target];
    throw new ImageDepsError(
      'DEPENDENCY_OUTSIDE',
      `${name}@${range} of ${posix.join(path, 'package.json')} is outside the directory of the lock file: move it inside, or publish it.`,
    );
  });
}

async function copyIfPresent(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const filter = (source: string): boolean => !/[/\\](?:node_modules|\.git)$/.test(source);
  await cp(from, to, { recursive: true, dereference: true, filter }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
