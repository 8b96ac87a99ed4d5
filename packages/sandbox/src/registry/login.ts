import type { IncomingMessage } from 'node:http';
import type { Resource } from './resource.ts';
import { isRepository } from './grammar.ts';

/** What a request asks of a repository. */
export interface Need {
  readonly repository: string;
  readonly access: 'pull' | 'push';
}

/** Lets a request pass, or throws a `Refusal` with a challenge. Without needs it only asks who the client is. */
export type Authenticate = (request: IncomingMessage, needs: readonly Need[]) => void;

/** A push needs to pull as well: it asks what is there. A mount reads another repository. */
export function needsOf({ repository }: Resource, isRead: boolean, query: URLSearchParams): readonly Need[] {
  if (repository === '') return [];
  const pull: Need = { repository, access: 'pull' };
  if (isRead) return [pull];
  const from = query.get('mount') === null ? null : query.get('from');
  const source: readonly Need[] = from !== null && isRepository(from) ? [{ repository: from, access: 'pull' }] : [];
  return [pull, { repository, access: 'push' }, ...source];
}
