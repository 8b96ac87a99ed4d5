import { createHash } from 'node:crypto';
import type { Descriptor } from '../../image/descriptor.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { responseError } from '../transport/error-response.ts';
import { holdBackLast } from './hold-back.ts';
import { pullScope } from './scopes.ts';
import type { RegistrySession } from './session.ts';
import type { WireResponse } from '../transport/wire.ts';

export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}

export interface ReadBlobOptions {
  readonly signal?: AbortSignal | undefined;
  /** The first byte; the digest is checked only from 0. */
  readonly start?: number | undefined;
  /** The scopes of the token; default to pull. */
  readonly scopes?: readonly string[];
}

/**
 * Reads a blob as a stream. Resumes a broken transfer where it broke.
 * @throws RegistryPusherError DIGEST_MISMATCH when the bytes don't match the descriptor, at the latest at the end
 */
export async function* readBlob(
  session: RegistrySession,
  repository: string,
  descriptor: Descriptor,
  options: ReadBlobOptions = {},
): AsyncGenerator<Buffer> {
  const { start = 0 } = options;
  const hash = createHash('sha256');
  let at = start;
  const note = (chunk: Buffer) => {
    at += chunk.length;
    if (at > descriptor.size) throw damagedError(session, repository, descriptor, 'the registry sent more');
    hash.update(chunk);
  };
  yield* holdBackLast(resume(session, repository, descriptor, options, note), () => {
    if (at < descriptor.size) throw damagedError(session, repository, descriptor, `the registry sent only ${at}`);
    const digest = start > 0 ? descriptor.digest : `sha256:${hash.digest('hex')}`;
    if (digest !== descriptor.digest)
      throw damagedError(session, repository, descriptor, `the registry sent bytes with the digest ${digest}`);
  });
}

/** Streams what the registry sends, resuming a broken transfer where it broke. */
async function* resume(
  session: RegistrySession,
  repository: string,
  descriptor: Descriptor,
  options: ReadBlobOptions,
  note: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  const budget = session.retryBudget(options.signal);
  let at = options.start ?? 0;
  while (true) {
    try {
      for await (const chunk of readFrom(session, repository, descriptor, at, options)) {
        at += chunk.length;
        note(chunk);
        yield chunk;
        budget.refill();
      }
      return;
    } catch (error) {
      await budget.spend(error);
    }
  }
}

async function* readFrom(
  session: RegistrySession,
  repository: string,
  { digest }: Descriptor,
  at: number,
  { signal, scopes = [pullScope(repository)] }: ReadBlobOptions,
): AsyncGenerator<Buffer> {
  const response = await session.request({
    method: 'GET',
    target: blobPath(repository, digest),
    scopes,
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
