import type { Descriptor } from '../../image/descriptor.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { errorResponseOf, responseError } from '../transport/error-response.ts';
import { blobPath } from '../client/blob.ts';
import { sendInChunks } from './chunks.ts';
import type { CountedBlob } from './progress.ts';
import { type RetryBudget, withRetries } from '../transport/retry.ts';
import { pullScope, pushScope } from '../client/scopes.ts';
import { locationOf } from '../client/session.ts';
import { firstLocation, isSuccess, nameOf, sendRequest, type UploadTarget, withDigest } from './upload-request.ts';
import { isCutOff } from '../transport/unreachable.ts';
import type { WireResponse } from '../transport/wire.ts';

/**
 * Returns whether the repository has a blob. Only a 404 means that it doesn't, and only a matching digest or size that it does.
 * Whatever else a registry responds, for example to credentials that may only push: undefined.
 * @see OCI distribution-spec, "Checking if content exists in the registry"
 */
export async function hasBlob(target: UploadTarget, { digest, size }: Descriptor): Promise<boolean | undefined> {
  const path = blobPath(target.repository, digest);
  try {
    const head = await sendRequest(target, { method: 'HEAD', target: path, acceptsDenial: true });
    await head.discard();
    const response = isAnswer(head) ? head : await getFirstByte(target, path);
    await response.discard();
    if (!isAnswer(response)) return undefined;
    if (response.status === 404) return false;
    const named = response.header('docker-content-digest');
    return named === undefined ? sizeIn(response) === String(size) : named === digest;
  } catch (error) {
    // It responds, but not to this question. A token service that fails would fail at the next question, too.
    if (errorResponseOf(error)?.subject === nameOf(target)) return undefined;
    throw error;
  }
}

function isAnswer({ status }: WireResponse): boolean {
  return status === 200 || status === 206 || status === 404;
}

/** Some registries and the stores behind them only serve GET, or only serve it at an address that is signed for it. */
function getFirstByte(target: UploadTarget, path: string): Promise<WireResponse> {
  return sendRequest(target, { method: 'GET', target: path, headers: { range: 'bytes=0-0' }, acceptsDenial: true });
}

function sizeIn(response: WireResponse): string | undefined {
  if (response.status !== 206) return response.header('content-length');
  return /\/(\d+)$/.exec(response.header('content-range') ?? '')?.[1];
}

/**
 * Mounts a blob from another repository of the registry. Returns 'mounted', or the address of an upload that the registry
 * started instead. With any other response the blob must be sent.
 */
export async function mountBlob(
  target: UploadTarget,
  { digest }: Descriptor,
  from: string,
): Promise<'mounted' | URL | undefined> {
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  try {
    const response = await sendRequest(target, {
      method: 'POST',
      target: `/v2/${target.repository}/blobs/uploads/?${query}`,
      scopes: [pushScope(target.repository), pullScope(from)],
      retry: false,
    });
    await response.discard();
    if (response.status === 201) return 'mounted';
    return response.status === 202 ? locationOf(response) : undefined;
  } catch (error) {
    if (error instanceof RegistryPusherError && error.code !== 'ABORTED' && error.code !== 'REFERRAL_REFUSED')
      return undefined;
    throw error;
  }
}

/**
 * Sends a blob, whole or in chunks. After a failed attempt, first checks whether the blob arrived.
 * @param opened an upload that the registry already started
 */
export async function uploadBlob(target: UploadTarget, blob: CountedBlob, opened?: URL): Promise<void> {
  const budget = target.session.retryBudget(target.signal);
  let session = opened;
  let attempts = 0;
  let lost = 0;
  let cutOff = 0;
  const attempt = async (): Promise<void> => {
    attempts += 1;
    if (attempts > 1 && (await hasBlob(target, blob.descriptor))) return;
    const location = session ?? (await openUpload(target));
    session = undefined;
    try {
      await sendAndCommit(target, blob, location, budget);
    } catch (error) {
      if (isCutOff(error)) cutOff += 1;
      // Twice is no coincidence: it may be too large.
      if (cutOff === 2) target.session.chunking.shrink(blob.descriptor.size);
      if (!isLost(error) || lost > 0) throw error;
      lost += 1;
      await attempt();
    }
  };
  await withRetries(budget, attempt);
}

/** Returns whether an upload went wrong in a way that a new one may not: the registry lost it, or miscounted its bytes. */
function isLost(error: unknown): boolean {
  const { status, code } = errorResponseOf(error) ?? {};
  return status === 404 || status === 416 || code === 'DIGEST_INVALID';
}

/** @see OCI distribution-spec, "POST then PUT" */
async function openUpload(target: UploadTarget): Promise<URL> {
  const response = await sendRequest(target, {
    method: 'POST',
    target: `/v2/${target.repository}/blobs/uploads/`,
    retry: false,
  });
  target.session.chunking.setMin(response.header('oci-chunk-min-length'));
  return firstLocation(target, response);
}

async function sendAndCommit(
  target: UploadTarget,
  blob: CountedBlob,
  location: URL,
  budget: RetryBudget,
): Promise<void> {
  const response = await send(target, blob, location, budget);
  if (response.status !== 413 || !target.session.chunking.shrink(blob.descriptor.size))
    return checkCommit(target, response, blob.descriptor);
  await response.discard();
  return sendAndCommit(target, blob, await openUpload(target), budget);
}

/** Sends a blob in one request, unless the registry rejected one of that size. */
async function send(
  target: UploadTarget,
  blob: CountedBlob,
  location: URL,
  budget: RetryBudget,
): Promise<WireResponse> {
  const { digest, size } = blob.descriptor;
  const chunkSize = target.session.chunking.size;
  if (chunkSize !== undefined && size > chunkSize) return sendInChunks(target, blob, location, chunkSize, budget);
  const whole = await sendRequest(target, {
    method: 'PUT',
    target: withDigest(location, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: blob.body(),
    retry: false,
  });
  if (!needsPatch(whole)) return whole;
  await whole.discard();
  return sendInChunks(target, blob, await openUpload(target), size, budget);
}

/** Returns whether the registry accepts no bytes in the PUT that commits them. */
function needsPatch({ status }: WireResponse): boolean {
  return status === 405 || status === 411 || status === 501;
}

/** A commit counts once the digest is known: from the response, or from the blob itself. */
async function checkCommit(target: UploadTarget, response: WireResponse, descriptor: Descriptor): Promise<void> {
  const { digest } = descriptor;
  const stored = response.header('docker-content-digest');
  if (response.status === 201 || (isSuccess(response) && stored !== undefined)) {
    await response.discard();
    if (stored === undefined || stored === digest) return;
    throw new RegistryPusherError(
      'DIGEST_MISMATCH',
      `${nameOf(target)} stored the blob ${digest} as ${stored}: it is damaged. Push again.`,
    );
  }
  const error = await responseError(response, nameOf(target));
  if (!isSuccess(response) || !(await hasBlob(target, descriptor))) throw error;
}
