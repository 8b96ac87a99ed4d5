import { RegistryPusherError } from '../../image/errors.ts';
import { type Descriptor, mediaTypes } from '../../image/descriptor.ts';
import { isDigest } from '../../image/digest.ts';
import type { Manifest } from '../../image/manifest.ts';
import { isFor, type Platform, platformName } from '../../image/platform.ts';

/** What a registry may answer when it is asked for a manifest, best liked first. */
export const acceptedManifests = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
];

/** One image of an index. */
export interface IndexEntry extends Descriptor {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export type ParsedManifest =
  | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] }
  | { readonly kind: 'image'; readonly manifest: Manifest };

/**
 * Reads a manifest or an index, Docker's or OCI's, and turns an image's into Docker schema 2: only media types differ, the
 * blobs stay byte for byte. A layer that schema 2 does not know, packed by zstd or not at all, keeps its type; a push packs it. @see OCI image-spec, manifest.md and image-index.md
 * @throws RegistryPusherError MANIFEST_INVALID, MEDIA_TYPE_REFUSED
 */
export function parseManifest(
  subject: string,
  contentType: string | undefined,
  body: Record<string, unknown>,
): ParsedManifest {
  const mediaType = body['mediaType'] ?? contentType?.split(';')[0]?.trim();
  if (mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList)
    return { kind: 'index', entries: list(subject, body, 'manifests').flatMap((entry) => indexEntry(subject, entry)) };
  if (mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest)
    return { kind: 'image', manifest: imageManifest(subject, body) };
  throw refusedType(subject, `its manifest is ${typeof mediaType === 'string' ? mediaType : 'of no media type'}`);
}

/**
 * The image of an index for a platform, the plain one before those for newer processors.
 * @throws RegistryPusherError PLATFORM_MISSING
 */
export function choosePlatform(subject: string, entries: readonly IndexEntry[], platform: Platform): IndexEntry {
  const fitting = entries.filter((entry) => isFor(platform, entry));
  const chosen = fitting.find(({ variant }) => variant === undefined || variant === 'v1') ?? fitting[0];
  if (chosen) return chosen;
  const platforms = entries.filter(({ os }) => os !== 'unknown').map(platformName);
  throw platformMissing(subject, platforms, platform);
}

export function platformMissing(subject: string, platforms: readonly string[], wanted: Platform): RegistryPusherError {
  const held = platforms.length === 0 ? 'no image at all' : platforms.join(', ');
  return new RegistryPusherError(
    'PLATFORM_MISSING',
    `${subject} has no image for ${wanted}; it has ${held}. Choose an image that is built for ${wanted}.`,
  );
}

function imageManifest(subject: string, body: Record<string, unknown>): Manifest {
  if (body['schemaVersion'] !== 2) throw invalid(subject, 'its schemaVersion is not 2');
  const config = descriptor(subject, body['config'], 'config');
  if (config.mediaType !== mediaTypes.ociConfig && config.mediaType !== mediaTypes.dockerConfig)
    throw refusedType(subject, `its config is ${config.mediaType}: it is not a container image`);
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { ...config, mediaType: mediaTypes.dockerConfig },
    layers: list(subject, body, 'layers').map((layer, index) => dockerLayer(subject, layer, index)),
  };
}

function dockerLayer(subject: string, value: unknown, index: number): Descriptor {
  const layer = descriptor(subject, value, `layers[${index}]`);
  const { urls } = value as { urls?: unknown };
  if (layer.mediaType === mediaTypes.dockerForeignLayer || (Array.isArray(urls) && urls.length > 0))
    throw refusedType(subject, `layer ${index + 1} lies outside of the registry (foreign layer)`);
  if (layer.mediaType === mediaTypes.ociLayerZstd || layer.mediaType === mediaTypes.ociLayer) return layer;
  if (layer.mediaType !== mediaTypes.dockerLayerGzip && layer.mediaType !== mediaTypes.ociLayerGzip)
    throw refusedType(
      subject,
      `layer ${index + 1} is ${layer.mediaType}: layers are tar files, plain or packed by gzip or zstd`,
    );
  return { ...layer, mediaType: mediaTypes.dockerLayerGzip };
}

function indexEntry(subject: string, value: unknown): IndexEntry[] {
  const entry = descriptor(subject, value, 'manifests');
  const { os, architecture, variant } = ((value as { platform?: unknown }).platform ?? {}) as Record<string, unknown>;
  if (typeof os !== 'string' || typeof architecture !== 'string') return [];
  return [{ ...entry, os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) }];
}

function descriptor(subject: string, value: unknown, path: string): Descriptor {
  const { mediaType, size, digest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof mediaType !== 'string') throw invalid(subject, `${path} has no media type`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(subject, `${path} has no sha256 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(subject, `${path} has no size`);
  return { mediaType, size, digest };
}

function list(subject: string, body: Record<string, unknown>, key: string): unknown[] {
  const value = body[key];
  if (Array.isArray(value)) return value as unknown[];
  throw invalid(subject, `it has no ${key}`);
}

function invalid(subject: string, why: string): RegistryPusherError {
  return new RegistryPusherError('MANIFEST_INVALID', `The manifest of ${subject} cannot be read: ${why}.`);
}

function refusedType(subject: string, why: string): RegistryPusherError {
  return new RegistryPusherError('MEDIA_TYPE_REFUSED', `${subject} cannot be used: ${why}. Choose another image.`);
}
