import type { Digest } from '../../image/digest.ts';
import { responseError } from '../transport/error-response.ts';
import { protocolError } from '../transport/json-body.ts';
import { pushScope } from '../client/scopes.ts';
import { locationOf, type RegistrySession, type SessionRequest } from '../client/session.ts';
import type { WireResponse } from '../transport/wire.ts';

/** The repository that blobs are sent to. */
export interface UploadTarget {
  readonly session: RegistrySession;
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** Registries respond with various codes below 300 where the specification names one. */
export function isSuccess({ status }: WireResponse): boolean {
  return status >= 200 && status < 300;
}

/** Returns where an upload starts, from the response to its first request. */
export async function firstLocation(target: UploadTarget, response: WireResponse): Promise<URL> {
  const location = isSuccess(response) ? locationOf(response) : undefined;
  // A page of a proxy has no Location either, and its text says whose it is.
  if (location === undefined && response.status !== 202) throw await responseError(response, nameOf(target));
  await response.discard();
  if (location !== undefined) return location;
  throw protocolError(response, 'it starts an upload without an address (no Location)');
}

/** Returns where an upload continues, or undefined if it continues where it was. */
export async function nextLocation(target: UploadTarget, response: WireResponse): Promise<URL | undefined> {
  if (!isSuccess(response)) throw await responseError(response, nameOf(target));
  await response.discard();
  return locationOf(response);
}

/** Adds the digest to an upload's address. Keeps its query unchanged, which may be signed. */
export function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

export function sendRequest(
  target: UploadTarget,
  request: Omit<SessionRequest, 'scopes' | 'subject' | 'signal'> & { scopes?: readonly string[] },
): Promise<WireResponse> {
  const { session, repository, signal } = target;
  return session.request({ scopes: [pushScope(repository)], subject: nameOf(target), signal, ...request });
}

/** Returns a target's name for errors. */
export function nameOf({ session, repository }: UploadTarget): string {
  return `${session.name}/${repository}`;
}
