import { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import { type Digest, digestOf, isDigest } from '../../image/digest.ts';
import type { RemoteImage } from '../../image/image.ts';
import type { Manifest } from '../../image/manifest.ts';
import { isFor, type Platform, platformName } from '../../image/platform.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../../image/reference.ts';
import { responseError } from '../transport/error-response.ts';
import { readBlob } from '../client/blob.ts';
import { parseObject, readAtMost } from '../transport/json-body.ts';
import { acceptedManifests, choosePlatform, parseManifest, platformMissing } from './manifest.ts';
import { pullScope } from '../client/scopes.ts';
import type { RegistrySession } from '../client/session.ts';

const largestManifest = 4 * 1024 * 1024;
const largestConfig = 8 * 1024 * 1024;

/** An image for one platform as the registry holds it; undefined when there is no such repository or tag. */
export async function pullImage(
  session: RegistrySession,
  reference: ImageReference,
  platform: Platform,
  signal: AbortSignal | undefined,
): Promise<RemoteImage | undefined> {
  const wanted = withDefaultTag(reference);
  const subject = formatImageReference(wanted);
  const first = await readManifest(session, wanted, wanted.digest ?? wanted.tag!, signal);
  if (!first) return undefined;
  const found =
    first.parsed.kind === 'image' ? first : await readPlatform(session, wanted, platform, first.parsed.entries, signal);
  if (found.parsed.kind !== 'image')
    throw new RegistryPusherError('MANIFEST_INVALID', `${subject} is an index of indexes, which no image is.`);
  const { manifest } = found.parsed;
  const configBytes = await readConfig(session, wanted, manifest, signal);
  const config = parseConfig(subject, configBytes, manifest, platform);
  const from = { registry: wanted.registry, repository: wanted.repository };
  return { from, manifestDigest: found.digest, manifest, config, configBytes, imageId: manifest.config.digest };
}

async function readPlatform(
  session: RegistrySession,
  wanted: ImageReference,
  platform: Platform,
  entries: Parameters<typeof choosePlatform>[1],
  signal: AbortSignal | undefined,
) {
  const subject = formatImageReference(wanted);
  const { digest } = choosePlatform(subject, entries, platform);
  const found = await readManifest(session, wanted, digest, signal);
  if (found) return found;
  throw new RegistryPusherError(
    'MANIFEST_INVALID',
    `The index of ${subject} names ${digest} for ${platform}, and the registry does not hold it. Push that image again.`,
  );
}

async function readManifest(
  session: RegistrySession,
  wanted: ImageReference,
  by: string,
  signal: AbortSignal | undefined,
) {
  const subject = formatImageReference(wanted);
  const answer = await fetchManifest(session, wanted.repository, by, signal);
  if (!answer) return undefined;
  const { response, bytes, digest } = answer;
  const expected = isDigest(by) ? by : response.header('docker-content-digest');
  if (expected?.startsWith('sha256:') && expected !== digest) throw mismatch(subject, expected, digest);
  const parsed = parseManifest(subject, response.header('content-type'), parseObject(response, bytes));
  return { digest, parsed };
}

/** A manifest's bytes as they lie in the registry, and their digest; undefined when there is none. */
export async function fetchManifest(
  session: RegistrySession,
  repository: string,
  by: string,
  signal: AbortSignal | undefined,
  scopes = [pullScope(repository)],
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
  const bytes = await readAtMost(response, largestManifest);
  return { response, bytes, digest: digestOf(bytes) };
}

/**
 * The digest that a tag stands for, an index's where there is one; undefined when there is no such repository or tag. Where
 * the registry tells it, it is asked without a body: that counts against no pull limit.
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
  });
  await response.discard();
  if (response.status === 404) return undefined;
  const named = response.header('docker-content-digest');
  if (response.status === 200 && named !== undefined && isDigest(named)) return named;
  return (await fetchManifest(session, repository, by, signal))?.digest;
}

async function readConfig(
  session: RegistrySession,
  { repository }: ImageReference,
  { config }: Manifest,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (config.size > largestConfig)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      `The config ${config.digest} of ${repository} is larger than 8 MiB.`,
    );
  const chunks: Buffer[] = [];
  for await (const chunk of readBlob(session, repository, config, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseConfig(subject: string, bytes: Buffer, manifest: Manifest, platform: Platform): ImageConfig {
  let config: ImageConfig;
  try {
    config = JSON.parse(bytes.toString('utf8')) as ImageConfig;
  } catch (cause) {
    throw new RegistryPusherError('CONFIG_INVALID', `The config of ${subject} is not JSON.`, { cause });
  }
  const diffIds = (config as Partial<ImageConfig> | null)?.rootfs?.diff_ids;
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === 'string' && isDigest(id)))
    throw new RegistryPusherError('CONFIG_INVALID', `The config of ${subject} names no diff IDs of its layers.`);
  if (diffIds.length !== manifest.layers.length)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      `The config of ${subject} has ${diffIds.length} diff IDs for ${manifest.layers.length} layers.`,
    );
  if (!isFor(platform, config)) throw platformMissing(subject, [platformName(config)], platform);
  return config;
}

export function mismatch(subject: string, expected: string, actual: Digest): RegistryPusherError {
  return new RegistryPusherError(
    'DIGEST_MISMATCH',
    `${subject} should be ${expected} and is ${actual}: what the registry serves is damaged or was changed.`,
  );
}
