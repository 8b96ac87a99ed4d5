import type { Blob } from '../../image/blob.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { errorResponseOf, responseError } from '../transport/error-response.ts';
import { fetchManifest, mismatch } from '../pull/pull.ts';
import { pushScope } from '../client/scopes.ts';
import { bodyOf, type UploadTarget } from './upload-request.ts';

/**
 * Puts the manifest under the reference's tag and the others, when every blob that it names is there. A registry that
 * misses one all the same is believed once.
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
    throw mismatch(formatImageReference(reference), reference.digest, digest);
  try {
    await putOnce(target, reference, manifest);
  } catch (error) {
    if (!missesBlob(error)) throw error;
    await placeBlobsAgain();
    await putOnce(target, reference, manifest);
  }
  for (const tag of tags) if (tag !== reference.tag) await putOnce(target, { ...reference, tag }, manifest);
}

/** Reads the manifest back by its digest: the tag may be another's by now. */
export async function verifyManifest(target: UploadTarget, reference: ImageReference, digest: Digest): Promise<void> {
  const subject = formatImageReference(reference);
  const read = (by: string) =>
    fetchManifest(target.session, target.repository, by, target.signal, [pushScope(target.repository)]);
  const stored = (await read(digest)) ?? (await read(reference.tag ?? digest));
  if (stored?.digest === digest) return;
  if (stored) throw mismatch(subject, digest, stored.digest);
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject} was pushed as ${digest} and is not there. Push it again.`,
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
    throw mismatch(formatImageReference(reference), digest, stored as Digest);
}

function missesBlob(error: unknown): boolean {
  const answer = errorResponseOf(error);
  return answer?.code === 'MANIFEST_BLOB_UNKNOWN' || answer?.code === 'BLOB_UNKNOWN';
}
