import { isAbsolute, join, posix } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import { type Dependencies, type Manifest, readManifest } from './manifest.ts';

/** A project of a workspace. */
export interface Member {
  /** Relative to the workspace's root, with slashes. */
  readonly path: string;
  readonly manifest: Manifest;
}

/**
 * Returns the members that a member needs, itself included: those that it names, those that they name, and so on.
 * devDependencies are followed too, since package managers check all of them against the lock file.
 */
export async function readClosure(root: string, app: string, paths: readonly string[]): Promise<Member[]> {
  const inside = paths.filter((path) => !path.startsWith('../') && !isAbsolute(path));
  const members = await Promise.all(inside.map((path) => readMember(root, path)));
  const present = members.filter((member) => member !== undefined);
  const own = present.find(({ path }) => path === app);
  if (own === undefined)
    throw new ImageDepsError(
      'PROJECT_UNKNOWN',
      `The lock file in ${root} doesn't list ${app}: add it to the workspaces in package.json or pnpm-workspace.yaml, and install.`,
    );
  // The root is installed, too.
  return follow([own, ...present.filter(({ path }) => path === '')], present, allDependencies);
}

/** Returns the members whose files or dependencies are in the app's image. */
export function productionMembers(members: readonly Member[], app: string): Member[] {
  return follow(
    members.filter(({ path }) => path === app),
    members,
    productionDependencies,
  );
}

function follow(
  from: readonly Member[],
  members: readonly Member[],
  dependenciesOf: (manifest: Manifest) => Dependencies,
): Member[] {
  const byName = new Map(members.map((member) => [member.manifest.name, member]));
  const byPath = new Map(members.map((member) => [member.path, member]));
  const closure = new Set(from);
  for (const { path, manifest } of closure)
    for (const [name, range] of Object.entries(dependenciesOf(manifest))) {
      const local = /^(?:file|link|portal|workspace):(\.{1,2}\/.*|[^@*^~\d].*)$/.exec(range)?.[1];
      const target = local === undefined ? byName.get(name) : byPath.get(posix.join(path, local));
      if (target !== undefined) closure.add(target);
    }
  return [...closure];
}

export function allDependencies(manifest: Manifest): Dependencies {
  const { peerDependencies, devDependencies, optionalDependencies, dependencies } = manifest;
  return { ...peerDependencies, ...devDependencies, ...optionalDependencies, ...dependencies };
}

export function productionDependencies({
  peerDependencies,
  optionalDependencies,
  dependencies,
}: Manifest): Dependencies {
  return { ...peerDependencies, ...optionalDependencies, ...dependencies };
}

/** A lock file may still list a deleted member. */
async function readMember(root: string, path: string): Promise<Member | undefined> {
  try {
    return { path, manifest: await readManifest(join(root, path, 'package.json')) };
  } catch (error) {
    if (error instanceof ImageDepsError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
      return undefined;
    throw error;
  }
}
