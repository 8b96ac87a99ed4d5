import { readFileSync } from 'node:fs';
import { parseOwner } from '../../build/base/file-tree.ts';
import { fsPath, lstat, type Root } from './paths.ts';

/** Who a command runs as. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly home: string;
}

/**
 * Resolves `user[:group]` with the image's account files, as container runtimes do: a named group replaces the user's own
 * groups; without an entry, the home directory is `/`.
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function resolveUser(name: string, root: Root): RunUser {
  const passwd = readAccounts(root, '/etc/passwd');
  const group = readAccounts(root, '/etc/group');
  const [user = '', groupName = ''] = name.split(/:(.*)/s);
  const entries = rowsOf(passwd);
  const isNumber = /^\d+$/.test(user);
  const entry = entries.find(([login, , uid]) => (isNumber ? uid === user : login === (user === '' ? 'root' : user)));
  const { uid, gid } = parseOwner(
    user === '' || user === 'root' ? `0${groupName === '' ? '' : `:${groupName}`}` : name,
    passwd,
    group,
  );
  const ownGid = isNumber && groupName === '' ? Number(entry?.[3] ?? 0) : gid;
  const home = entry?.[5] ?? '';
  const groups =
    groupName === '' && entry !== undefined
      ? rowsOf(group)
          .filter(([, , , members = '']) => members.split(',').includes(entry[0]!))
          .map(([, , id]) => Number(id))
      : [];
  return { uid, gid: ownGid, groups: groups.filter((id) => Number.isSafeInteger(id)), home: home === '' ? '/' : home };
}

function rowsOf(text: string | undefined): string[][] {
  return (text ?? '').split('\n').map((line) => line.trim().split(':'));
}

function readAccounts(root: Root, path: string): string | undefined {
  const resolved = root.at(root.resolve(path));
  return lstat(resolved)?.isFile() === true ? readFileSync(fsPath(resolved), 'utf8') : undefined;
}
