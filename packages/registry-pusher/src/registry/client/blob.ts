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
 * Reads a blob as a stream. Resumes a broken transfer where it broke.
 * @param start the first byte; the digest is checked only from 0
 * @throws RegistryPusherError DIGEST_MISMATCH when the bytes don't match the descriptor, at the latest at the end
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
        if (at > descriptor.size) throw damagedError(session, repository, descriptor, 'the registry sent more');
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
  if (at < descriptor.size) throw damagedError(session, repository, descriptor, `the registry sent only ${at}`);
  if (start > 0) return;
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== descriptor.digest)
    throw damagedError(session, repository, descriptor, `the registry sent bytes with the digest ${digest}`);
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
  yield* skipBytes(response, response.status === 206 ? 0 : at);
}

async function* skipBytes(response: WireResponse, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of response.body) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

function damagedError(session: RegistrySession, repository: string, { digest, size }: Descriptor, why: string) {
  return new RegistryPusherError(
    'DIGEST_MISMATCH',
    `The blob ${digest} of ${session.name}/${repository} has ${size} bytes, but ${why}. The registry's copy is damaged: push its image again, or use another one.`,
  );
}
