import { errorResponseOf } from '../transport/error-response.ts';
import { type RetryBudget, withRetries } from '../transport/retry.ts';
import type { CountedBlob } from './progress.ts';
import { isSuccess, nextLocation, sendRequest, type UploadTarget, withDigest } from './upload-request.ts';
import { isCutOff } from '../transport/unreachable.ts';
import type { Body, WireResponse } from '../transport/wire.ts';

/**
 * Sends a blob in chunks and commits it. Resumes a broken chunk at the offset that the registry reports.
 * @param budget the attempts of the whole upload
 * @returns the response to the commit, or a chunk's 413
 * @see OCI distribution-spec, "Pushing a blob in chunks"
 */
export async function sendInChunks(
  target: UploadTarget,
  blob: CountedBlob,
  opened: URL,
  maxSize: number,
  budget: RetryBudget,
): Promise<WireResponse> {
  const { chunking } = target.session;
  let size = maxSize;
  let location = opened;
  for (let at = 0; at < blob.descriptor.size;) {
    const length = Math.min(size, blob.descriptor.size - at);
    try {
      const response = await sendChunk(target, blob, location, at, length);
      if (response.status === 413) return response;
      location = (await nextLocation(target, response)) ?? location;
      at += length;
      budget.refill();
    } catch (error) {
      const isRefused = errorResponseOf(error)?.status === 416;
      await budget.spend(error, isRefused);
      const progress = await withRetries(budget, () => readUploadProgress(target, location));
      if (progress === undefined || progress.at > blob.descriptor.size) throw error;
      // The registry has all that was sent before this chunk, so it's the chunk's size that it refuses.
      const isTooLarge = isRefused || isCutOff(error);
      if (isTooLarge && progress.at === at && chunking.shrink(length)) size = chunking.size!;
      ({ location, at } = progress);
    }
  }
  const empty: Body = { size: 0, open: nothing };
  return sendRequest(target, {
    method: 'PUT',
    target: withDigest(location, blob.descriptor.digest),
    body: empty,
    retry: false,
  });
}

function sendChunk(
  target: UploadTarget,
  blob: CountedBlob,
  location: URL,
  at: number,
  length: number,
): Promise<WireResponse> {
  const headers = { 'content-type': 'application/octet-stream', 'content-range': `${at}-${at + length - 1}` };
  const body = blob.body(at, length);
  return sendRequest(target, { method: 'PATCH', target: location, headers, body, retry: false });
}

/** Returns how much of an upload the registry has; undefined when it lost the upload or doesn't say. */
async function readUploadProgress(
  target: UploadTarget,
  upload: URL,
): Promise<{ location: URL; at: number } | undefined> {
  const response = await sendRequest(target, { method: 'GET', target: upload, retry: false });
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.header('range') ?? '')?.[1];
  if (!isSuccess(response) || last === undefined) {
    await response.discard();
    return undefined;
  }
  const location = (await nextLocation(target, response)) ?? upload;
  return { location, at: last === '0' ? 0 : Number(last) + 1 };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
