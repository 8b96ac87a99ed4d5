import { createHash } from 'node:crypto';
import type { Call } from './call.ts';

/** Whose token the sandbox's is. */
export const user = { id: 1, username: 'sandbox', name: 'Sandbox', state: 'active' } as const;

/** A user or a group that has projects. */
export interface Namespace {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly kind: 'user' | 'group';
  readonly full_path: string;
}

/** Returns the namespace with this path. Its ID depends on the path only. */
export function namespaceNamed(path: string): Namespace {
  const id =
    path === user.username ? user.id : Number.parseInt(createHash('sha256').update(path).digest('hex').slice(0, 7), 16);
  const name = path.split('/').at(-1)!;
  return { id, name, path: name, kind: path === user.username ? 'user' : 'group', full_path: path };
}

/** Returns the user's namespace and those with a project. */
export function namespacesOf({ projects }: Call): Namespace[] {
  const paths = projects.list().map(({ path }) => path.split('/').slice(0, -1).join('/'));
  return [...new Set([user.username, ...paths])].map(namespaceNamed);
}

export function namespaceOf(call: Call, id: number): Namespace | undefined {
  return namespacesOf(call).find((namespace) => namespace.id === id);
}
