import { RegistryPusherError } from '../../image/errors.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import type { Manifest } from '../../image/manifest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { answerOf, refusal } from '../transport/answer.ts';
import { fetchManifest, mismatch } from '../pull/pull.ts';
import { pushScope } from '../client/scopes.ts';
import type { UploadTarget } from './upload-request.ts';
import type { Body } from '../transport/wire.ts';

/**
 * Puts the manifest under the reference's tag and the others, when every blob that it names is there. A registry that
 * misses one all the same is believed once.
 * @throws RegistryPusherError DIGEST_MISMATCH when the reference has another digest, or the registry stored another one
 */
export async function putManifest(
  target: UploadTarget,
  reference: ImageReference,
  tags: readonly string[],
  manifest: Manifest,
  placeBlobsAgain: () => Promise<void>,
): Promise<void> {
  const { digest } = serialised(manifest);
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
export async function verifyManifest(
  target: UploadTarget,
  reference: ImageReference,
  manifest: Manifest,
): Promise<Digest> {
  const subject = formatImageReference(reference);
  const { digest } = serialised(manifest);
  const read = (by: string) =>
    fetchManifest(target.session, target.repository, by, target.signal, [pushScope(target.repository)]);
  const stored = (await read(digest)) ?? (await read(reference.tag ?? digest));
  if (stored?.digest === digest) return digest;
  if (stored) throw mismatch(subject, digest, stored.digest);
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject} was pushed as ${digest} and is not there. Push it again.`,
  );
}

async function putOnce(target: UploadTarget, reference: ImageReference, manifest: Manifest): Promise<void> {
  const { session, repository, signal } = target;
  const subject = `${session.name}/${repository}`;
  const { bytes, digest } = serialised(manifest);
  const body: Body = { size: bytes.length, open: () => once(bytes) };
  const response = await session.request({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${reference.tag ?? digest}`,
    scopes: [pushScope(repository)],
    subject,
    headers: { 'content-type': manifest.mediaType },
    body,
    signal,
  });
  if (response.status !== 201) throw await refusal(response, subject);
  await response.discard();
  const stored = response.header('docker-content-digest');
  if (stored !== undefined && stored !== digest)
    throw mismatch(formatImageReference(reference), digest, stored as Digest);
}

function missesBlob(error: unknown): boolean {
  const answer = answerOf(error);
  return answer?.code === 'MANIFEST_BLOB_UNKNOWN' || answer?.code === 'BLOB_UNKNOWN';
}

function serialised(manifest: Manifest): { bytes: Buffer; digest: Digest } {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, digest: digestOf(bytes) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
