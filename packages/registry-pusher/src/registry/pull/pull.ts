import { RegistryPusherError } from '../../image/errors.ts';
import { type Digest, digestOf, isDigest } from '../../image/digest.ts';
import type { RemoteImage } from '../../image/image.ts';
import type { Manifest } from '../../image/manifest.ts';
import type { Platform } from '../../image/platform.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../../image/reference.ts';
import { responseError } from '../transport/error-response.ts';
import { readBlob } from '../client/blob.ts';
import { parseConfig } from './config.ts';
import { parseObject, readAtMost } from '../transport/json-body.ts';
import { limitDocumentTime } from '../transport/document-time.ts';
import type { DocumentCache } from './document-cache.ts';
import { acceptedManifests, choosePlatform, parseManifest } from './manifest.ts';
import { pullScope, pushScope } from '../client/scopes.ts';
import type { RegistrySession } from '../client/session.ts';

const maxManifestSize = 4 * 1024 * 1024;
const maxConfigSize = 8 * 1024 * 1024;

export interface PullOptions {
  readonly documents?: DocumentCache | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly forPush?: boolean | undefined;
}

/** Reads an image for one platform. Returns undefined when the repository or the tag doesn't exist. */
export async function pullImage(
  session: RegistrySession,
  reference: ImageReference,
  platform: Platform,
  options: PullOptions,
): Promise<RemoteImage | undefined> {
  const target = withDefaultTag(reference);
  const subject = formatImageReference(target);
  const first = await readManifest(session, target, target.digest ?? target.tag!, options);
  if (!first) return undefined;
  const found =
    first.parsed.kind === 'image'
      ? first
      : await readPlatform(session, target, platform, first.parsed.entries, options);
  if (found.parsed.kind !== 'image')
    throw new RegistryPusherError(
      'MANIFEST_INVALID',
      `${subject} is an index of indexes: use an image, or an index of images.`,
    );
  const { manifest } = found.parsed;
  const configBytes = await readConfig(session, target, manifest, options);
  const config = parseConfig(subject, configBytes, manifest, platform);
  const from = { registry: target.registry, repository: target.repository };
  return { from, manifestDigest: found.digest, manifest, config, configBytes, imageId: manifest.config.digest };
}

async function readPlatform(
  session: RegistrySession,
  target: ImageReference,
  platform: Platform,
  entries: Parameters<typeof choosePlatform>[1],
  options: PullOptions,
) {
  const subject = formatImageReference(target);
  const { digest } = choosePlatform(subject, entries, platform);
  const found = await readManifest(session, target, digest, options);
  if (found) return found;
  throw new RegistryPusherError(
    'MANIFEST_INVALID',
    `The index ${subject} names ${digest} for ${platform}, but the registry doesn't have it. Push that image again.`,
  );
}

async function readManifest(
  session: RegistrySession,
  target: ImageReference,
  by: string,
  { documents, signal, forPush }: PullOptions,
) {
  const subject = formatImageReference(target);
  const scopes = scopesFor(target, forPush);
  const kept = isDigest(by) ? await documents?.read(by) : undefined;
  if (kept) return { digest: by as Digest, parsed: parseManifest(subject, undefined, JSON.parse(kept.toString())) };
  const fetched = await fetchManifest(session, target.repository, by, signal, scopes);
  if (!fetched) return undefined;
  const { response, bytes, digest } = fetched;
  const expected = isDigest(by) ? by : response.header('docker-content-digest');
  if (expected?.startsWith('sha256:') && expected !== digest) throw mismatchError(subject, expected, digest);
  const body = parseObject(response, bytes);
  const parsed = parseManifest(subject, response.header('content-type'), body);
  if (isDigest(by)) await documents?.write(digest, bytes);
  return { digest, parsed };
}

/** Returns a manifest's bytes and digest, or undefined when it doesn't exist. */
export async function fetchManifest(
  session: RegistrySession,
  repository: string,
  by: string,
  signal: AbortSignal | undefined,
  scopes: readonly string[] = [pullScope(repository)],
) {
  const response = await session.request({
    method: 'GET',
    target: `/v2/${repository}/manifests/${by}`,
    scopes,
    subject: `${session.name}/${repository}`,
    headers: { accept: acceptedManifests.join(', ') },
    signal,
  });
  if (response.status === 404) {
    await response.discard();
    return undefined;
  }
  if (response.status !== 200) throw await responseError(response, `${session.name}/${repository}`);
  const bytes = await readAtMost(response, maxManifestSize);
  return { response, bytes, digest: digestOf(bytes) };
}

/**
 * Returns the digest that a tag points to, an index's if it is one; undefined when the repository or the tag doesn't exist.
 * Prefers HEAD, which counts against no pull limit.
 */
export async function resolveDigest(
  session: RegistrySession,
  reference: ImageReference,
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  const { repository, tag, digest } = withDefaultTag(reference);
  const by = digest ?? tag!;
  const response = await session.request({
    method: 'HEAD',
    target: `/v2/${repository}/manifests/${by}`,
    scopes: [pullScope(repository)],
    subject: `${session.name}/${repository}`,
    headers: { accept: acceptedManifests.join(', ') },
    signal,
    acceptsDenial: true,
  });
  await response.discard();
  if (response.status === 404) return undefined;
  const named = response.header('docker-content-digest');
  if (response.status === 200 && named !== undefined && isDigest(named)) return named;
  return (await fetchManifest(session, repository, by, signal))?.digest;
}

function scopesFor({ repository }: ImageReference, forPush: boolean | undefined): readonly string[] {
  return [forPush === true ? pushScope(repository) : pullScope(repository)];
}

async function readConfig(
  session: RegistrySession,
  target: ImageReference,
  { config }: Manifest,
  { documents, signal, forPush }: PullOptions,
): Promise<Buffer> {
  const { repository } = target;
  if (config.size > maxConfigSize)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      `The config ${config.digest} of ${session.name}/${repository} is larger than 8 MiB. Use another image.`,
    );
  const kept = await documents?.read(config.digest);
  if (kept) return kept;
  const chunks: Buffer[] = [];
  const options = { signal, scopes: scopesFor(target, forPush) };
  const late = (received: string) =>
    new RegistryPusherError(
      'REGISTRY_PROTOCOL',
      `The config ${config.digest} of ${session.name}/${repository} comes too slowly: ${received}. Check the network and the registry, then retry.`,
    );
  const blob = readBlob(session, repository, config, options);
  for await (const chunk of limitDocumentTime(blob, session.timing.document, late)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  await documents?.write(config.digest, bytes);
  return bytes;
}

export function mismatchError(subject: string, expected: string, actual: Digest): RegistryPusherError {
  return new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject} is ${actual}, expected ${expected}: the registry's copy is damaged or was replaced. Push it again, or use another image.`,
  );
}
