import { RegistryPusherError } from '../../image/errors.ts';
import { type Descriptor, mediaTypes } from '../../image/descriptor.ts';
import { isDigest } from '../../image/digest.ts';
import type { Manifest } from '../../image/manifest.ts';
import { matchesPlatform, type Platform, platformName } from '../../image/platform.ts';

/** Accepted manifest media types, preferred first. */
export const acceptedManifests = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
];

/** One image of an index. `os` is empty if its platform isn't named. */
export interface IndexEntry extends Descriptor {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export type ParsedManifest =
  | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] }
  | { readonly kind: 'image'; readonly manifest: Manifest };

/**
 * Parses a manifest or an index, Docker's or OCI's, and converts an image's to Docker schema 2: media types change, blobs
 * don't. A layer that schema 2 doesn't know, uncompressed or in zstd, keeps its type; a push gzips it.
 * @see OCI image-spec, manifest.md and image-index.md
 * @throws RegistryPusherError MANIFEST_INVALID, MEDIA_TYPE_REFUSED
 */
export function parseManifest(
  subject: string,
  contentType: string | undefined,
  body: Record<string, unknown>,
): ParsedManifest {
  const mediaType = mediaTypeOf(contentType, body);
  if (mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList)
    return { kind: 'index', entries: list(subject, body, 'manifests').flatMap((entry) => indexEntry(subject, entry)) };
  if (mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest)
    return { kind: 'image', manifest: imageManifest(subject, body) };
  if (body['schemaVersion'] === 1)
    throw unsupportedTypeError(subject, 'its manifest has the old schema 1, which Docker replaced in 2016');
  throw unsupportedTypeError(
    subject,
    mediaType === undefined ? 'its manifest is neither an image nor an index' : `its manifest is ${mediaType}`,
  );
}

/**
 * Returns a manifest's media type: its own, or the response's if that is one of a manifest, or the one of its shape. OCI
 * manifests needn't name theirs, and some registries and proxies serve all as JSON.
 */
function mediaTypeOf(contentType: string | undefined, body: Record<string, unknown>): string | undefined {
  if (typeof body['mediaType'] === 'string' && body['mediaType'] !== '') return body['mediaType'].toLowerCase();
  const served = contentType?.split(';')[0]?.trim().toLowerCase();
  if (served?.startsWith('application/vnd.') === true) return served;
  if (Array.isArray(body['manifests'])) return mediaTypes.ociIndex;
  return typeof body['config'] === 'object' && Array.isArray(body['layers']) ? mediaTypes.ociManifest : undefined;
}

/**
 * Returns an index's entry for a platform, preferring the one for all processors. Without one, the only entry that names no
 * platform: its config does.
 * @throws RegistryPusherError PLATFORM_MISSING
 */
export function choosePlatform(subject: string, entries: readonly IndexEntry[], platform: Platform): IndexEntry {
  const matching = entries.filter((entry) => matchesPlatform(platform, entry));
  const unnamed = entries.filter(({ os }) => os === '');
  const chosen =
    matching.find(({ variant }) => variant === undefined || variant === 'v1') ??
    matching[0] ??
    (unnamed.length === 1 ? unnamed[0] : undefined);
  if (chosen) return chosen;
  const platforms = entries.filter(({ os }) => os !== 'unknown' && os !== '').map(platformName);
  throw platformMissingError(subject, platforms, platform);
}

export function platformMissingError(
  subject: string,
  platforms: readonly string[],
  wanted: Platform,
): RegistryPusherError {
  const available = platforms.length === 0 ? 'no image at all' : platforms.join(', ');
  return new RegistryPusherError(
    'PLATFORM_MISSING',
    `${subject} has no image for ${wanted}; it has ${available}. Choose an image built for ${wanted}.`,
  );
}

function imageManifest(subject: string, body: Record<string, unknown>): Manifest {
  if (body['schemaVersion'] !== 2) throw invalidError(subject, "its schemaVersion isn't 2");
  const config = parseDescriptor(subject, body['config'], 'config');
  if (config.mediaType !== mediaTypes.ociConfig && config.mediaType !== mediaTypes.dockerConfig && !isVague(config))
    throw unsupportedTypeError(subject, `its config is ${config.mediaType}, so it isn't a container image`);
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { ...config, mediaType: mediaTypes.dockerConfig },
    layers: list(subject, body, 'layers').map((layer, index) => dockerLayer(subject, layer, index)),
  };
}

/**
 * Old versions of Docker wrote the type that a registry served a blob with. What it is shows in the bytes.
 * @see https://github.com/distribution/distribution/issues/1621
 */
const vagueTypes: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'application/json', 'text/html']);

function isVague({ mediaType }: Descriptor): boolean {
  return vagueTypes.has(mediaType);
}

/** A push gzips these. podman and BuildKit also write them under names that start like Docker's. */
const recompressed: ReadonlySet<string> = new Set([
  mediaTypes.ociLayer,
  mediaTypes.ociLayerZstd,
  mediaTypes.dockerLayer,
  mediaTypes.dockerLayerZstd,
]);

function dockerLayer(subject: string, value: unknown, index: number): Descriptor {
  const layer = parseDescriptor(subject, value, `layers[${index}]`);
  const { urls } = value as { urls?: unknown };
  if (layer.mediaType === mediaTypes.dockerForeignLayer || (Array.isArray(urls) && urls.length > 0))
    throw unsupportedTypeError(subject, `layer ${index + 1} is stored outside the registry (foreign layer)`);
  if (recompressed.has(layer.mediaType) || isVague(layer)) return layer;
  if (layer.mediaType !== mediaTypes.dockerLayerGzip && layer.mediaType !== mediaTypes.ociLayerGzip)
    throw unsupportedTypeError(
      subject,
      `layer ${index + 1} is ${layer.mediaType}: layers must be tar files, uncompressed or in gzip or zstd`,
    );
  return { ...layer, mediaType: mediaTypes.dockerLayerGzip };
}

function indexEntry(subject: string, value: unknown): IndexEntry[] {
  const entry = parseDescriptor(subject, value, 'manifests');
  const { platform } = value as { platform?: unknown };
  if (platform === undefined || platform === null) return [{ ...entry, os: '', architecture: '' }];
  const { os, architecture, variant } = platform as Record<string, unknown>;
  if (typeof os !== 'string' || typeof architecture !== 'string') return [];
  return [{ ...entry, os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) }];
}

export function parseDescriptor(subject: string, value: unknown, path: string): Descriptor {
  const { mediaType, size, digest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof mediaType !== 'string') throw invalidError(subject, `${path} has no media type`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalidError(subject, `${path} has no sha256 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalidError(subject, `${path} has no size`);
  return { mediaType: mediaType.toLowerCase(), size, digest };
}

function list(subject: string, body: Record<string, unknown>, key: string): unknown[] {
  const value = body[key];
  if (Array.isArray(value)) return value as unknown[];
  throw invalidError(subject, `it has no ${key}`);
}

function invalidError(subject: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'MANIFEST_INVALID',
    `Can't read the manifest of ${subject}: ${why}. Push the image again.`,
  );
}

function unsupportedTypeError(subject: string, why: string): RegistryPusherError {
  return new RegistryPusherError('MEDIA_TYPE_REFUSED', `Can't use ${subject}: ${why}. Choose another image.`);
}
