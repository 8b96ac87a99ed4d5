import type { Blob } from '../../image/blob.ts';
import { errorResponseOf } from '../transport/error-response.ts';
import { pause, retryDelay } from '../transport/retry.ts';
import { nextLocation, sendRequest, type UploadTarget, withDigest } from './upload-request.ts';
import type { Body, WireResponse } from '../transport/wire.ts';

/**
 * Sends a blob in chunks and commits it. Resumes a broken chunk at the offset that the registry reports.
 * @returns the response to the commit, or a chunk's 413
 * @see OCI distribution-spec, "Pushing a blob in chunks"
 */
export async function sendInChunks(target: UploadTarget, blob: Blob, opened: URL, size: number): Promise<WireResponse> {
  let location = opened;
  let failures = 0;
  for (let at = 0; at < blob.descriptor.size;) {
    const length = Math.min(size, blob.descriptor.size - at);
    try {
      const response = await sendChunk(target, blob, location, at, length);
      if (response.status === 413) return response;
      location = await nextLocation(target, response, 202);
      at += length;
      failures = 0;
    } catch (error) {
      failures += 1;
      const { timing } = target.session;
      const isOutOfOrder = errorResponseOf(error)?.status === 416 && failures < timing.maxAttempts;
      const wait = isOutOfOrder ? 0 : retryDelay(error, failures, timing);
      if (wait === undefined) throw error;
      await pause(wait, target.signal);
      const progress = await readUploadProgress(target, location);
      if (progress === undefined) throw error;
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

function sendChunk(target: UploadTarget, blob: Blob, location: URL, at: number, length: number): Promise<WireResponse> {
  const headers = { 'content-type': 'application/octet-stream', 'content-range': `${at}-${at + length - 1}` };
  const body: Body = { size: length, open: () => take(length, blob.open(at)) };
  return sendRequest(target, { method: 'PATCH', target: location, headers, body, retry: false });
}

/** Returns how much of an upload the registry has; undefined when it lost the upload or doesn't say. */
async function readUploadProgress(
  target: UploadTarget,
  upload: URL,
): Promise<{ location: URL; at: number } | undefined> {
  const response = await sendRequest(target, { method: 'GET', target: upload });
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.header('range') ?? '')?.[1];
  if (response.status !== 204 || last === undefined) {
    await response.discard();
    return undefined;
  }
  const location = response.header('location') === undefined ? upload : await nextLocation(target, response, 204);
  return { location, at: last === '0' ? 0 : Number(last) + 1 };
}

async function* take(length: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of bytes) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield part;
    if (left === 0) return;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
