import type { Blob } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { errorResponseOf, responseError } from '../transport/error-response.ts';
import { fetchManifest, mismatchError } from '../pull/pull.ts';
import { pushScope } from '../client/scopes.ts';
import { isSuccess, type UploadTarget } from './upload-request.ts';

/**
 * Puts the manifest under the reference's tag and the other tags, once its blobs are there. If the registry reports that one
 * is missing, places the blobs again, once, and creates the manifest again.
 * @throws RegistryPusherError DIGEST_MISMATCH when the reference has another digest, or the registry stored another one
 */
export async function putManifest(
  target: UploadTarget,
  reference: ImageReference,
  tags: readonly string[],
  createManifest: () => Promise<Blob>,
  placeBlobsAgain: () => Promise<void>,
): Promise<{ readonly manifest: Blob; readonly put: PutManifest }> {
  let manifest = await createManifest();
  assertDigest(reference, manifest);
  const put = await putOnce(target, reference, manifest).catch(async (error: unknown) => {
    if (!isMissingBlob(error)) throw error;
    await placeBlobsAgain();
    // A layer that was made again may be compressed differently.
    manifest = await createManifest();
    assertDigest(reference, manifest);
    return putOnce(target, reference, manifest);
  });
  for (const tag of tags) if (tag !== reference.tag) await putOnce(target, { ...reference, tag }, manifest);
  return { manifest, put };
}

function assertDigest(reference: ImageReference, { descriptor: { digest } }: Blob): void {
  if (reference.digest === undefined || reference.digest === digest) return;
  throw new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${formatImageReference(reference)} has a different digest from the image's, ${digest}: push to a tag.`,
  );
}

/**
 * Reads the manifest back by its digest: the tag may already point to another push. Registries that let us push but not read
 * are believed if their response to the push named the digest.
 */
export async function verifyManifest(target: UploadTarget, reference: ImageReference, put: PutManifest): Promise<void> {
  const { digest } = put;
  const subject = formatImageReference(reference);
  const read = (by: string) =>
    fetchManifest(target.session, target.repository, by, target.signal, [pushScope(target.repository)]);
  let stored: Awaited<ReturnType<typeof read>>;
  try {
    stored = (await read(digest)) ?? (await read(reference.tag ?? digest));
  } catch (error) {
    if (put.isConfirmed && errorResponseOf(error) !== undefined) return;
    throw error;
  }
  if (stored?.digest === digest) return;
  if (stored) throw mismatchError(subject, digest, stored.digest);
  throw (
    put.oddResponse ??
    new RegistryPusherError(
      'DIGEST_MISMATCH',
      `${subject} was pushed as ${digest}, but the registry doesn't have it. Push it again.`,
    )
  );
}

/** A manifest that a registry accepted. */
export interface PutManifest {
  readonly digest: Digest;
  /** Whether the registry named the digest. */
  readonly isConfirmed: boolean;
  /** The error for the response, in case that the manifest isn't there: it may be a proxy's page. */
  readonly oddResponse?: RegistryPusherError;
}

async function putOnce(target: UploadTarget, reference: ImageReference, manifest: Blob): Promise<PutManifest> {
  const { session, repository, signal } = target;
  const subject = `${session.name}/${repository}`;
  const { digest, mediaType } = manifest.descriptor;
  const response = await session.request({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${reference.tag ?? digest}`,
    scopes: [pushScope(repository)],
    subject,
    headers: { 'content-type': mediaType },
    body: { size: manifest.descriptor.size, open: manifest.open },
    signal,
  });
  if (!isSuccess(response)) throw withFormatAdvice(await responseError(response, subject), mediaType);
  const stored = response.header('docker-content-digest');
  if (stored?.startsWith('sha256:') === true && stored !== digest)
    throw mismatchError(formatImageReference(reference), digest, stored as Digest);
  const isConfirmed = stored === digest;
  if (response.status !== 201 && !isConfirmed)
    return { digest, isConfirmed, oddResponse: await responseError(response, subject) };
  await response.discard();
  return { digest, isConfirmed };
}

/** Some registries only accept OCI manifests, others only Docker's. */
function withFormatAdvice(error: RegistryPusherError, mediaType: string): RegistryPusherError {
  const { status, code } = errorResponseOf(error) ?? {};
  const isAboutFormat = code === 'MANIFEST_INVALID' || code === 'UNSUPPORTED' || status === 415 || status === 405;
  if (error.code !== 'REGISTRY_PROTOCOL' || !isAboutFormat) return error;
  const [sent, other] = mediaType === mediaTypes.dockerManifest ? ['Docker', 'oci'] : ['OCI', 'docker'];
  const advice = `The registry may not accept manifests in the ${sent} format: push with --${other} (format: '${other}').`;
  return new RegistryPusherError(error.code, `${error.message} ${advice}`, { cause: error.cause });
}

function isMissingBlob(error: unknown): boolean {
  const code = errorResponseOf(error)?.code;
  return code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN';
}
