import type { Blob } from '../../image/blob.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { errorResponseOf, responseError } from '../transport/error-response.ts';
import { fetchManifest, mismatchError } from '../pull/pull.ts';
import { pushScope } from '../client/scopes.ts';
import { bodyOf, type UploadTarget } from './upload-request.ts';

/**
 * Puts the manifest under the reference's tag and the other tags, once its blobs are there. If the registry reports that one
 * is missing, places the blobs again, once.
 * @throws RegistryPusherError DIGEST_MISMATCH when the reference has another digest, or the registry stored another one
 */
export async function putManifest(
  target: UploadTarget,
  reference: ImageReference,
  tags: readonly string[],
  manifest: Blob,
  placeBlobsAgain: () => Promise<void>,
): Promise<void> {
  const { digest } = manifest.descriptor;
  if (reference.digest !== undefined && reference.digest !== digest)
    throw new RegistryPusherError(
      'DIGEST_MISMATCH',
      `${formatImageReference(reference)} has a different digest from the image's, ${digest}: push to a tag.`,
    );
  try {
    await putOnce(target, reference, manifest);
  } catch (error) {
    if (!isMissingBlob(error)) throw error;
    await placeBlobsAgain();
    await putOnce(target, reference, manifest);
  }
  for (const tag of tags) if (tag !== reference.tag) await putOnce(target, { ...reference, tag }, manifest);
}

/** Reads the manifest back by its digest: the tag may already point to another push. */
export async function verifyManifest(target: UploadTarget, reference: ImageReference, digest: Digest): Promise<void> {
  const subject = formatImageReference(reference);
  const read = (by: string) =>
    fetchManifest(target.session, target.repository, by, target.signal, [pushScope(target.repository)]);
  const stored = (await read(digest)) ?? (await read(reference.tag ?? digest));
  if (stored?.digest === digest) return;
  if (stored) throw mismatchError(subject, digest, stored.digest);
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject} was pushed as ${digest}, but the registry doesn't have it. Push it again.`,
  );
}

async function putOnce(target: UploadTarget, reference: ImageReference, manifest: Blob): Promise<void> {
  const { session, repository, signal } = target;
  const subject = `${session.name}/${repository}`;
  const { digest, mediaType } = manifest.descriptor;
  const response = await session.request({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${reference.tag ?? digest}`,
    scopes: [pushScope(repository)],
    subject,
    headers: { 'content-type': mediaType },
    body: bodyOf(manifest),
    signal,
  });
  if (response.status !== 201) throw await responseError(response, subject);
  await response.discard();
  const stored = response.header('docker-content-digest');
  if (stored !== undefined && stored !== digest)
    throw mismatchError(formatImageReference(reference), digest, stored as Digest);
}

function isMissingBlob(error: unknown): boolean {
  const code = errorResponseOf(error)?.code;
  return code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN';
}
