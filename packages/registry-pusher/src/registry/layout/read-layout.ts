import type { Descriptor } from '../../image/descriptor.ts';
import type { RemoteImage } from '../../image/image.ts';
import type { Manifest } from '../../image/manifest.ts';
import type { Platform } from '../../image/platform.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { parseConfig } from '../pull/config.ts';
import { choosePlatform, type IndexEntry, parseDescriptor, parseManifest } from '../pull/manifest.ts';
import { layoutInvalidError, readLayoutFile, readSmallBlob } from './layout-files.ts';

const maxVersionSize = 64 * 1024;
const maxManifestSize = 4 * 1024 * 1024;
const maxConfigSize = 8 * 1024 * 1024;
/** An index.json may name an index, which names images. */
const maxDepth = 2;

/** The annotation with an image's tag or name. @see OCI image-spec, annotations.md */
export const refName = 'org.opencontainers.image.ref.name';

interface LayoutEntry extends Descriptor {
  readonly name: string | undefined;
  readonly platform: Pick<IndexEntry, 'os' | 'architecture' | 'variant'> | undefined;
}

/**
 * Reads an image for one platform from an OCI layout: the one with the reference's digest or tag, or the only one.
 * @returns undefined if the directory or the image doesn't exist
 * @throws RegistryPusherError LAYOUT_INVALID, DIGEST_MISMATCH, PLATFORM_MISSING, MEDIA_TYPE_REFUSED, MANIFEST_INVALID,
 * CONFIG_INVALID
 */
export async function readLayoutImage(reference: ImageReference, platform: Platform): Promise<RemoteImage | undefined> {
  const { registry, repository: directory } = reference;
  const subject = formatImageReference(reference);
  const entries = await readIndex(directory);
  const entry = entries && chooseEntry(subject, entries, reference, platform);
  if (entry === undefined) return undefined;
  const { descriptor, manifest } = await readManifest(directory, subject, entry, platform);
  const configBytes = await readSmallBlob(directory, manifest.config, maxConfigSize);
  const config = parseConfig(subject, configBytes, manifest, platform);
  return {
    from: { registry, repository: directory },
    manifestDigest: descriptor.digest,
    manifest,
    config,
    configBytes,
    imageId: manifest.config.digest,
  };
}

async function readIndex(directory: string): Promise<LayoutEntry[] | undefined> {
  const version = await readLayoutFile(directory, 'oci-layout', maxVersionSize);
  const bytes = await readLayoutFile(directory, 'index.json', maxManifestSize);
  if (version === undefined && bytes === undefined) return undefined;
  if (version === undefined) throw layoutInvalidError(directory, 'it has no file oci-layout');
  if (bytes === undefined) throw layoutInvalidError(directory, 'it has no file index.json');
  const { imageLayoutVersion } = parseObject(directory, 'oci-layout', version);
  if (typeof imageLayoutVersion !== 'string' || !imageLayoutVersion.startsWith('1.'))
    throw layoutInvalidError(directory, `its version is ${JSON.stringify(imageLayoutVersion)} instead of 1`);
  const { manifests } = parseObject(directory, 'index.json', bytes);
  if (!Array.isArray(manifests)) throw layoutInvalidError(directory, 'index.json has no manifests');
  return manifests.map((value: unknown) => {
    const descriptor = parseDescriptor(directory, value, 'manifests');
    const { annotations, platform } = value as Readonly<Record<string, Record<string, unknown> | null | undefined>>;
    const name = annotations?.[refName];
    const { os, architecture, variant } = platform ?? {};
    const isKnown = typeof os === 'string' && typeof architecture === 'string';
    return {
      ...descriptor,
      name: typeof name === 'string' ? name : undefined,
      platform: isKnown ? { os, architecture, ...(typeof variant === 'string' ? { variant } : {}) } : undefined,
    };
  });
}

function chooseEntry(
  subject: string,
  entries: readonly LayoutEntry[],
  { repository, tag, digest }: ImageReference,
  platform: Platform,
): Descriptor | undefined {
  const named = entries.filter((each) =>
    digest === undefined ? each.name === tag || each.name?.endsWith(`:${tag}`) === true : each.digest === digest,
  );
  const found = named.length === 0 && digest === undefined ? entries : named;
  const different = found.filter((each, at) => found.findIndex((other) => other.digest === each.digest) === at);
  if (different.length <= 1) return different[0];
  const platforms = different.flatMap((each) => (each.platform === undefined ? [] : [{ ...each, ...each.platform }]));
  if (platforms.length === different.length) return choosePlatform(subject, platforms, platform);
  const names = entries.map(({ name, digest: each }) => name ?? each).join(', ');
  throw layoutInvalidError(repository, `it has several images, and none is the one meant: ${names}`);
}

async function readManifest(
  directory: string,
  subject: string,
  first: Descriptor,
  platform: Platform,
): Promise<{ readonly descriptor: Descriptor; readonly manifest: Manifest }> {
  let descriptor = first;
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    const bytes = await readSmallBlob(directory, descriptor, maxManifestSize);
    const parsed = parseManifest(subject, descriptor.mediaType, parseObject(directory, descriptor.digest, bytes));
    if (parsed.kind === 'image') return { descriptor, manifest: parsed.manifest };
    descriptor = choosePlatform(subject, parsed.entries, platform);
  }
  throw layoutInvalidError(directory, 'its indexes name each other');
}

function parseObject(directory: string, path: string, bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw layoutInvalidError(directory, `${path} isn't a JSON object`);
}
