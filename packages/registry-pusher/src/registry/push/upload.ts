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
import { bodyOf, nextLocation, request, subject, type UploadTarget, withDigest } from './upload-request.ts';
import type { Method, WireResponse } from '../transport/wire.ts';

/**
 * Whether the repository holds a blob. Only a 404 says that it does not; an answer that may be any page does not say that
 * it does. @see OCI distribution-spec, "Checking if content exists in the registry"
 */
export async function holdsBlob(target: UploadTarget, { digest, size }: Descriptor, retry = true): Promise<boolean> {
  const path = blobPath(target.repository, digest);
  const ask = (method: Method) => request(target, { method, target: path, retry });
  let response = await ask('HEAD');
  if (response.status !== 200 && response.status !== 404 && mayOnlyDislikeHead(response)) {
    await response.discard();
    response = await ask('GET');
  }
  if (response.status !== 200 && response.status !== 404) throw await responseError(response, subject(target));
  await response.discard();
  if (response.status === 404) return false;
  const named = response.header('docker-content-digest');
  return named === undefined ? response.header('content-length') === String(size) : named === digest;
}

/** Some registries and the stores behind them serve GET alone, with an address that is signed for it. */
function mayOnlyDislikeHead({ status, url }: WireResponse): boolean {
  return status === 405 || status === 501 || (url.searchParams.size > 0 && (status === 403 || status === 400));
}

/**
 * Asks the registry to take a blob over from another of its repositories: 'mounted' when it did, else the upload's address
 * where it opened one. Whatever else it says means that the blob has to be sent.
 */
export async function mountBlob(
  target: UploadTarget,
  { digest }: Descriptor,
  from: string,
): Promise<'mounted' | URL | undefined> {
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  try {
    const response = await request(target, {
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
 * Sends a blob, whole or in chunks, as the registry takes it. Whether a try whose answer was lost has arrived is looked up before the next.
 * @param opened an upload that the registry opened already
 */
export async function uploadBlob(target: UploadTarget, blob: Blob, opened?: URL): Promise<void> {
  let session = opened;
  let tries = 0;
  let forgotten = 0;
  const attempt = async (): Promise<void> => {
    tries += 1;
    if (tries > 1 && (await holdsBlob(target, blob.descriptor, false))) return;
    const location = session ?? (await openUpload(target));
    session = undefined;
    try {
      await sendAndCommit(target, blob, location);
    } catch (error) {
      if (errorResponseOf(error)?.status !== 404 || forgotten > 0) throw error;
      forgotten += 1;
      await attempt();
    }
  };
  await withRetries(target.session.timing, target.signal, attempt);
}

/** @see OCI distribution-spec, "POST then PUT" */
async function openUpload(target: UploadTarget): Promise<URL> {
  const response = await request(target, {
    method: 'POST',
    target: `/v2/${target.repository}/blobs/uploads/`,
    retry: false,
  });
  target.session.chunking.noteLeast(response.header('oci-chunk-min-length'));
  return nextLocation(target, response, 202);
}

async function sendAndCommit(target: UploadTarget, blob: Blob, location: URL): Promise<void> {
  const { digest, size } = blob.descriptor;
  const response = await send(target, blob, location);
  if (response.status !== 413 || !target.session.chunking.shrink(size)) return committed(target, response, digest);
  await response.discard();
  return sendAndCommit(target, blob, await openUpload(target));
}

/** Whole and in one request, unless the registry has said that it does not take that. */
async function send(target: UploadTarget, blob: Blob, location: URL): Promise<WireResponse> {
  const { digest, size } = blob.descriptor;
  const chunkSize = target.session.chunking.size;
  if (chunkSize !== undefined && size > chunkSize) return sendInChunks(target, blob, location, chunkSize);
  const whole = await request(target, {
    method: 'PUT',
    target: withDigest(location, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: bodyOf(blob),
    retry: false,
  });
  if (!wantsPatch(whole)) return whole;
  await whole.discard();
  return sendInChunks(target, blob, await openUpload(target), size);
}

/** Answers of a registry that takes no bytes in the PUT that commits them. */
function wantsPatch({ status }: WireResponse): boolean {
  return status === 405 || status === 411 || status === 501;
}

async function committed(target: UploadTarget, response: WireResponse, digest: Digest): Promise<void> {
  if (response.status !== 201) throw await responseError(response, subject(target));
  await response.discard();
  const stored = response.header('docker-content-digest');
  if (stored === undefined || stored === digest) return;
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject(target)} stored ${digest} as ${stored}: the blob is damaged.`,
  );
}
