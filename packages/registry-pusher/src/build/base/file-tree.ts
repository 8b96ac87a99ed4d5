import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';

/** The kind of file at a path of an image. Devices count as files. */
export type Found =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'directory';
      /** The group of a directory with the set-group-ID bit. Directories created inside inherit both. */
      readonly group?: number;
    }
  | {
      readonly kind: 'file';
      /** The version of a C library, such as `2.36`. */
      readonly glibc?: string;
    }
  | { readonly kind: 'link'; readonly target: string };

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The files of an image, as needed to build on it. */
export interface FileTree {
  /** Looks up an absolute, normalized path without following a link at its end. */
  lookup(path: string): Promise<Found>;
  /** Returns the sorted names in a directory that match a pattern. */
  match(directory: string, glob: string): Promise<string[]>;
  /** Resolves `user[:group]` with the image's /etc/passwd and /etc/group. */
  resolveOwner(name: string): Promise<Owner>;
}

/** The tree of `FROM scratch`: only the root directory. */
export const emptyTree: FileTree = {
  lookup: async (path) => ({ kind: path === '/' ? 'directory' : 'absent' }),
  match: async () => [],
  resolveOwner: async (name) => parseOwner(name, undefined, undefined),
};

const maxLinks = 255;

/**
 * Follows every link on a path, including one at its end, inside the image. Keeps the rest of a path that doesn't exist.
 * @throws RegistryPusherError DOCKERFILE_INVALID for circular links
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
    if (++links > maxLinks)
      throw new RegistryPusherError(
        'DOCKERFILE_INVALID',
        `${path} in the image is a circular link. Use a path without it.`,
      );
    if (found.target.startsWith('/')) resolved = '/';
    ahead.unshift(...found.target.split('/').filter((each) => each !== ''));
    found = { kind: 'directory' };
  }
  return { path: resolved, found, linked: resolved !== posix.resolve('/', path) };
}

/** Parses an owner that needs no account files: numbers, `root`, or an empty name. */
export function parseNumericOwner(name: string): Owner | undefined {
  return /^(?:\d*|root)(?::(?:\d*|root))?$/.test(name) ? parseOwner(name, undefined, undefined) : undefined;
}

/**
 * Parses `user[:group]`, each a name or a number. A user number without a group sets both; `root` is always 0.
 * @throws RegistryPusherError DOCKERFILE_INVALID for a name that isn't in the files
 */
export function parseOwner(name: string, passwd: string | undefined, group: string | undefined): Owner {
  const [user = '', groupName] = name.split(/:(.*)/s);
  const byUser = user === '' ? { uid: 0, gid: 0 } : (parseId(user) ?? findUser(user, passwd, name));
  if (groupName === undefined || groupName === '') return byUser;
  const gid = parseId(groupName)?.gid ?? Number(findRow(groupName, group)?.[2] ?? Number.NaN);
  if (Number.isNaN(gid)) throw unknownNameError('group', groupName, name, '/etc/group');
  return { uid: byUser.uid, gid };
}

function parseId(text: string): Owner | undefined {
  if (text === 'root') return { uid: 0, gid: 0 };
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) return undefined;
  return { uid: Number(text), gid: Number(text) };
}

function findUser(user: string, passwd: string | undefined, name: string): Owner {
  const fields = findRow(user, passwd);
  if (fields === undefined) throw unknownNameError('user', user, name, '/etc/passwd');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function findRow(name: string, file: string | undefined): string[] | undefined {
  return file
    ?.split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name && /^\d+$/.test(fields[2] ?? ''));
}

function unknownNameError(kind: string, name: string, whole: string, file: string): RegistryPusherError {
  return new RegistryPusherError(
    'DOCKERFILE_INVALID',
    `"${whole}": no ${kind} ${name} in the image's ${file}. Use a numeric ID, or a name that the base has.`,
  );
}
