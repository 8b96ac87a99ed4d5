import type { IncomingMessage } from 'node:http';
import type { Resource } from './resource.ts';
import { isRepository } from './grammar.ts';

/** The access to a repository that a request needs. */
export interface Need {
  readonly repository: string;
  readonly access: 'pull' | 'push';
}

/** Accepts a request, or throws a `Refusal` with a challenge. Without needs, checks only who the client is. */
export type Authenticate = (request: IncomingMessage, needs: readonly Need[]) => void;

/** A push also needs pull access, to see what exists. A mount reads another repository. */
export function needsOf({ repository }: Resource, isRead: boolean, query: URLSearchParams): readonly Need[] {
  if (repository === '') return [];
  const pull: Need = { repository, access: 'pull' };
  if (isRead) return [pull];
  const from = query.get('mount') === null ? null : query.get('from');
  const source: readonly Need[] = from !== null && isRepository(from) ? [{ repository: from, access: 'pull' }] : [];
  return [pull, { repository, access: 'push' }, ...source];
}
