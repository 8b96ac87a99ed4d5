import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';

/** What stands at a path of an image. A device counts as a file. */
export type Found =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'directory';
      /** Of a directory with the set-group-ID bit, its group: directories created inside belong to it, and have the bit too. */
      readonly group?: number;
    }
  | { readonly kind: 'file' }
  | { readonly kind: 'link'; readonly target: string };

/** Whom a file belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The files of an image, as far as building on it needs them. */
export interface FileTree {
  /** Looks at an absolute, clean path without following a link at its end. */
  lookup(path: string): Promise<Found>;
  /** The names in a directory that match a pattern, in their order. */
  matching(directory: string, glob: string): Promise<string[]>;
  /** Resolves `user[:group]` with the image's /etc/passwd and /etc/group. */
  owner(name: string): Promise<Owner>;
}

/** The tree of `FROM scratch`: the root directory alone. */
export const emptyTree: FileTree = {
  lookup: async (path) => ({ kind: path === '/' ? 'directory' : 'absent' }),
  matching: async () => [],
  owner: async (name) => ownerFrom(name, undefined, undefined),
};

const mostLinks = 255;

/**
 * Follows every link on a path, at its end too, never out of the image. What does not exist is kept as it is named.
 * @throws RegistryPusherError DOCKERFILE_INVALID when the links go round in a circle
 */
export async function followLinks(
  tree: FileTree,
  path: string,
): Promise<{ path: string; found: Found; linked: boolean }> {
  let resolved = '/';
  let found: Found = { kind: 'directory' };
  const ahead = path.split('/').filter((part) => part !== '');
  for (let links = 0; ahead.length > 0;) {
    const part = ahead.shift()!;
    if (part === '.') continue;
    const next = posix.resolve(resolved, part);
    found = found.kind === 'absent' && part !== '..' ? found : await tree.lookup(next);
    if (found.kind !== 'link') {
      resolved = next;
      continue;
    }
    if (++links > mostLinks)
      throw new RegistryPusherError('DOCKERFILE_INVALID', `${path} in the image is a link that leads back to itself.`);
    if (found.target.startsWith('/')) resolved = '/';
    ahead.unshift(...found.target.split('/').filter((each) => each !== ''));
    found = { kind: 'directory' };
  }
  return { path: resolved, found, linked: resolved !== posix.resolve('/', path) };
}

/** The owner that needs no file to be known: numbers, `root`, or no name at all. */
export function ownerByNumber(name: string): Owner | undefined {
  return /^(?:\d*|root)(?::(?:\d*|root))?$/.test(name) ? ownerFrom(name, undefined, undefined) : undefined;
}

/**
 * `user[:group]`, each a name or a number. A number for a user alone is the group's number too; `root` is 0 everywhere.
 * @throws RegistryPusherError DOCKERFILE_INVALID for a name that the files do not know
 */
export function ownerFrom(name: string, passwd: string | undefined, group: string | undefined): Owner {
  const [user = '', groupName] = name.split(/:(.*)/s);
  const byUser = user === '' ? { uid: 0, gid: 0 } : (numeric(user) ?? account(user, passwd, name));
  if (groupName === undefined || groupName === '') return byUser;
  const gid = numeric(groupName)?.gid ?? Number(row(groupName, group)?.[2] ?? Number.NaN);
  if (Number.isNaN(gid)) throw unknownName('group', groupName, name, '/etc/group');
  return { uid: byUser.uid, gid };
}

function numeric(text: string): Owner | undefined {
  if (text === 'root') return { uid: 0, gid: 0 };
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) return undefined;
  return { uid: Number(text), gid: Number(text) };
}

function account(user: string, passwd: string | undefined, name: string): Owner {
  const fields = row(user, passwd);
  if (fields === undefined) throw unknownName('user', user, name, '/etc/passwd');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function row(name: string, file: string | undefined): string[] | undefined {
  return file
    ?.split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name && /^\d+$/.test(fields[2] ?? ''));
}

function unknownName(kind: string, name: string, whole: string, file: string): RegistryPusherError {
  return new RegistryPusherError(
    'DOCKERFILE_INVALID',
    `"${whole}" names the ${kind} ${name}, whom the image's ${file} does not know. Use a number, or a name that the base has.`,
  );
}
