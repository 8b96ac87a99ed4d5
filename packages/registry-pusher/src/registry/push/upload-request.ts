import type { Blob } from '../../image/blob.ts';
import type { Digest } from '../../image/digest.ts';
import { responseError } from '../transport/error-response.ts';
import { protocolError } from '../transport/json-body.ts';
import { pushScope } from '../client/scopes.ts';
import { locationOf, type RegistrySession, type SessionRequest } from '../client/session.ts';
import type { Body, WireResponse } from '../transport/wire.ts';

/** Where blobs go. */
export interface UploadTarget {
  readonly session: RegistrySession;
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** Returns a blob as a request's body. */
export function bodyOf({ descriptor: { size }, open }: Blob): Body {
  return { size, open };
}

/** Where an upload goes on, by the answer to its last request. */
export async function nextLocation(target: UploadTarget, response: WireResponse, expected: number): Promise<URL> {
  if (response.status !== expected) throw await responseError(response, subject(target));
  await response.discard();
  const location = locationOf(response);
  if (location) return location;
  throw protocolError(response, 'it opens an upload and does not say where (no Location)');
}

/** The query that came with the address is kept as it is: it may be signed. */
export function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

export function request(
  target: UploadTarget,
  wanted: Omit<SessionRequest, 'scopes' | 'subject' | 'signal'> & { scopes?: readonly string[] },
): Promise<WireResponse> {
  const { session, repository, signal } = target;
  return session.request({ scopes: [pushScope(repository)], subject: subject(target), signal, ...wanted });
}

/** What errors about a target speak of. */
export function subject({ session, repository }: UploadTarget): string {
  return `${session.name}/${repository}`;
}
