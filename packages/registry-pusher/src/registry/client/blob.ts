import { createHash } from 'node:crypto';
import type { Descriptor } from '../../image/descriptor.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { responseError } from '../transport/error-response.ts';
import { pause, retryDelay } from '../transport/retry.ts';
import { pullScope } from './scopes.ts';
import type { RegistrySession } from './session.ts';
import type { WireResponse } from '../transport/wire.ts';

export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}

/**
 * Reads a blob as a stream. A connection that breaks on the way is taken up again where it broke.
 * @param start where to begin; what does not begin at 0 cannot be checked against the digest
 * @throws RegistryPusherError DIGEST_MISMATCH when the bytes are not what the descriptor says, at the latest at the end
 */
export async function* readBlob(
  session: RegistrySession,
  repository: string,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
  start = 0,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let at = start;
  let failures = 0;
  while (true) {
    try {
      for await (const chunk of readFrom(session, repository, descriptor, at, signal)) {
        at += chunk.length;
        if (at > descriptor.size) throw damaged(session, repository, descriptor, 'it is longer');
        hash.update(chunk);
        yield chunk;
        failures = 0;
      }
      break;
    } catch (error) {
      failures += 1;
      const wait = retryDelay(error, failures, session.timing);
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }
  if (at < descriptor.size) throw damaged(session, repository, descriptor, `it ends after ${at} bytes`);
  if (start > 0) return;
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== descriptor.digest) throw damaged(session, repository, descriptor, `its digest is ${digest}`);
}

async function* readFrom(
  session: RegistrySession,
  repository: string,
  { digest }: Descriptor,
  at: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const response = await session.request({
    method: 'GET',
    target: blobPath(repository, digest),
    scopes: [pullScope(repository)],
    subject: `${session.name}/${repository}`,
    headers: at === 0 ? {} : { range: `bytes=${at}-` },
    signal,
    retry: false,
  });
  if (response.status !== 200 && response.status !== 206)
    throw await responseError(response, `${session.name}/${repository}`);
  yield* without(response, response.status === 206 ? 0 : at);
}

async function* without(response: WireResponse, skip: number): AsyncGenerator<Buffer> {
  let left = skip;
  for await (const chunk of response.body) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

function damaged(session: RegistrySession, repository: string, { digest, size }: Descriptor, why: string) {
  return new RegistryPusherError(
    'DIGEST_MISMATCH',
    `The blob ${digest} of ${session.name}/${repository} should have ${size} bytes: ${why}. What the registry serves is damaged.`,
  );
}
