import { cp, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import type { Manager } from '../managers/manager.ts';
import { allDependencies, type Member, productionDependencies, productionMembers } from '../project/closure.ts';
import type { Project } from '../project/find-project.ts';
import type { Dependencies } from '../project/manifest.ts';

/** A private directory with what an install reads of a workspace. Disposing of it deletes it, credentials in .npmrc included. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string;
}

/** @throws ImageDepsError DEPENDENCY_OUTSIDE if the image needs a directory or an archive outside the workspace */
export async function createScratch(
  { root, app, lockFile }: Project,
  members: readonly Member[],
  { settings }: Manager,
): Promise<Scratch> {
  assertInside(productionMembers(members, app));
  const local = [...new Set(members.flatMap((member) => localPaths(member, allDependencies(member.manifest))))];
  const base = await realpath(await mkdtemp(join(tmpdir(), 'image-deps-')));
  // As deep as ranges lead upwards: what they name outside the workspace is in the private directory, too.
  const directory = resolve(base, 'outside/'.repeat(Math.max(0, ...local.map(levelsUp))));
  const scratch = { directory, [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }) };
  try {
    const manifests = members.map(({ path }) => posix.join(path, 'package.json'));
    for (const path of new Set(['package.json', lockFile, ...settings, ...manifests, ...local.filter(isInside)]))
      await copyIfPresent(join(root, path), join(directory, path));
    for (const path of local.filter((path) => levelsUp(path) > 0))
      await copyOutline(join(root, path), join(directory, path));
    return scratch;
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** A devDependency may be outside: it isn't in the image. */
function assertInside(members: readonly Member[]): void {
  for (const { path, manifest } of members)
    for (const [name, range] of Object.entries(productionDependencies(manifest))) {
      const target = localPath(path, range);
      if (target === undefined || isInside(target)) continue;
      throw new ImageDepsError(
        'DEPENDENCY_OUTSIDE',
        `${name}@${range} of ${posix.join(path, 'package.json')} is outside the directory of the lock file: move it inside, or publish it.`,
      );
    }
}

function localPaths({ path }: Member, dependencies: Dependencies): string[] {
  return Object.values(dependencies).flatMap((range) => localPath(path, range) ?? []);
}

/** Returns the archive or directory that a range of a member names, relative to the workspace's root unless it's absolute. */
function localPath(member: string, range: string): string | undefined {
  const [, local] = /^(?:(?:file|link|portal):|(?=\.{1,2}\/))([^#]+)/.exec(range) ?? [];
  return local === undefined || /^[/~]/.test(local) ? local : posix.join(member, local);
}

function isInside(path: string): boolean {
  return levelsUp(path) === 0 && !/^[/~]/.test(path);
}

function levelsUp(path: string): number {
  return path.split('/').filter((part) => part === '..').length;
}

async function copyIfPresent(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const filter = (source: string): boolean => !/[/\\](?:node_modules|\.git)$/.test(source);
  await cp(from, to, { recursive: true, dereference: true, filter }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Copies what a package manager compares with the lock file: an archive, or a directory's manifest. */
async function copyOutline(from: string, to: string): Promise<void> {
  const isDirectory = await stat(from).then(
    (found) => found.isDirectory(),
    () => false,
  );
  await (isDirectory ? copyIfPresent(join(from, 'package.json'), join(to, 'package.json')) : copyIfPresent(from, to));
}
