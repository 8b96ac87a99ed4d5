import type { Blob } from '../../image/blob.ts';
import type { Descriptor } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { errorResponseOf, responseError } from '../transport/error-response.ts';
import { blobPath } from '../client/blob.ts';
import { sendInChunks } from './chunks.ts';
import { withRetries } from '../transport/retry.ts';
import { pullScope, pushScope } from '../client/scopes.ts';
import { locationOf } from '../client/session.ts';
import { bodyOf, nextLocation, sendRequest, nameOf, type UploadTarget, withDigest } from './upload-request.ts';
import type { Method, WireResponse } from '../transport/wire.ts';

/**
 * Returns whether the repository has a blob. Only a 404 means that it doesn't, and only a matching digest or size that it does.
 * @see OCI distribution-spec, "Checking if content exists in the registry"
 */
export async function hasBlob(target: UploadTarget, { digest, size }: Descriptor, retry = true): Promise<boolean> {
  const path = blobPath(target.repository, digest);
  const check = (method: Method) => sendRequest(target, { method, target: path, retry });
  let response = await check('HEAD');
  if (response.status !== 200 && response.status !== 404 && mayRejectOnlyHead(response)) {
    await response.discard();
    response = await check('GET');
  }
  if (response.status !== 200 && response.status !== 404) throw await responseError(response, nameOf(target));
  await response.discard();
  if (response.status === 404) return false;
  const named = response.header('docker-content-digest');
  return named === undefined ? response.header('content-length') === String(size) : named === digest;
}

/** Some registries and the stores behind them only serve GET, at an address that is signed for it. */
function mayRejectOnlyHead({ status, url }: WireResponse): boolean {
  return status === 405 || status === 501 || (url.searchParams.size > 0 && (status === 403 || status === 400));
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
    if (error instanceof RegistryPusherError && error.code !== 'ABORTED' && error.code !== 'HOST_REFUSED')
      return undefined;
    throw error;
  }
}

/**
 * Sends a blob, whole or in chunks. After a failed attempt, first checks whether the blob arrived.
 * @param opened an upload that the registry already started
 */
export async function uploadBlob(target: UploadTarget, blob: Blob, opened?: URL): Promise<void> {
  let session = opened;
  let attempts = 0;
  let lost = 0;
  const attempt = async (): Promise<void> => {
    attempts += 1;
    if (attempts > 1 && (await hasBlob(target, blob.descriptor, false))) return;
    const location = session ?? (await openUpload(target));
    session = undefined;
    try {
      await sendAndCommit(target, blob, location);
    } catch (error) {
      if (errorResponseOf(error)?.status !== 404 || lost > 0) throw error;
      lost += 1;
      await attempt();
    }
  };
  await withRetries(target.session.timing, target.signal, attempt);
}

/** @see OCI distribution-spec, "POST then PUT" */
async function openUpload(target: UploadTarget): Promise<URL> {
  const response = await sendRequest(target, {
    method: 'POST',
    target: `/v2/${target.repository}/blobs/uploads/`,
    retry: false,
  });
  target.session.chunking.setMin(response.header('oci-chunk-min-length'));
  return nextLocation(target, response, 202);
}

async function sendAndCommit(target: UploadTarget, blob: Blob, location: URL): Promise<void> {
  const { digest, size } = blob.descriptor;
  const response = await send(target, blob, location);
  if (response.status !== 413 || !target.session.chunking.shrink(size)) return checkCommit(target, response, digest);
  await response.discard();
  return sendAndCommit(target, blob, await openUpload(target));
}

/** Sends a blob in one request, unless the registry rejected one of that size. */
async function send(target: UploadTarget, blob: Blob, location: URL): Promise<WireResponse> {
  const { digest, size } = blob.descriptor;
  const chunkSize = target.session.chunking.size;
  if (chunkSize !== undefined && size > chunkSize) return sendInChunks(target, blob, location, chunkSize);
  const whole = await sendRequest(target, {
    method: 'PUT',
    target: withDigest(location, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: bodyOf(blob),
    retry: false,
  });
  if (!needsPatch(whole)) return whole;
  await whole.discard();
  return sendInChunks(target, blob, await openUpload(target), size);
}

/** Returns whether the registry accepts no bytes in the PUT that commits them. */
function needsPatch({ status }: WireResponse): boolean {
  return status === 405 || status === 411 || status === 501;
}

async function checkCommit(target: UploadTarget, response: WireResponse, digest: Digest): Promise<void> {
  if (response.status !== 201) throw await responseError(response, nameOf(target));
  await response.discard();
  const stored = response.header('docker-content-digest');
  if (stored === undefined || stored === digest) return;
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${nameOf(target)} stored the blob ${digest} as ${stored}: it is damaged. Push again.`,
  );
}
