import { isDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';

/** Media types of manifests: Docker's image manifest version 2, schema 2, and the OCI image specification. */
export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

const known: ReadonlySet<string> = new Set(Object.values(mediaTypes));
const indexes: ReadonlySet<string> = new Set([mediaTypes.dockerList, mediaTypes.ociIndex]);

export const isIndex = (mediaType: string): boolean => indexes.has(mediaType);

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Set on layers that clients fetch from elsewhere; the registry doesn't need them. */
  readonly urls?: readonly string[];
}

export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Parses a manifest and checks its structure. Throws MANIFEST_INVALID. */
export function parseManifest(bytes: Buffer, mediaType: string): Readonly<Record<string, unknown>> {
  if (!known.has(mediaType)) throw invalid(`media type ${mediaType === '' ? 'missing' : `${mediaType} unknown`}`);
  const manifest = parseJson(bytes);
  if (!isRecord(manifest)) throw invalid('not a JSON object');
  if (manifest['schemaVersion'] !== 2) throw invalid("schemaVersion isn't 2");
  if (manifest['mediaType'] !== undefined && manifest['mediaType'] !== mediaType) {
    throw invalid('mediaType differs from Content-Type');
  }
  if (isIndex(mediaType)) requireDescriptors(manifest['manifests'], 'manifests');
  else {
    requireDescriptors([manifest['config']], 'config');
    requireDescriptors(manifest['layers'], 'layers');
  }
  return manifest;
}

/** Returns the image manifest of a parsed manifest; undefined for an index. */
export function imageManifestOf(manifest: Readonly<Record<string, unknown>>): ImageManifest | undefined {
  return manifest['config'] === undefined ? undefined : (manifest as unknown as ImageManifest);
}

/** Throws unless everything that a manifest names is in its repository, with the stated size. */
export async function requireReferences(
  manifest: Readonly<Record<string, unknown>>,
  repository: string,
  storage: Storage,
): Promise<void> {
  const image = imageManifestOf(manifest);
  if (!image) return await requireManifests(manifest['manifests'] as readonly Descriptor[], repository, storage);
  for (const { digest, size, urls } of [image.config, ...image.layers]) {
    if (urls && urls.length > 0) continue;
    const actual = await storage.blobSize(repository, digest);
    if (actual === undefined) {
      throw new Refusal('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });
    }
    if (actual !== size) throw invalid(`${digest} has ${actual} bytes, not ${size}`);
  }
}

async function requireManifests(children: readonly Descriptor[], repository: string, storage: Storage): Promise<void> {
  for (const { digest } of children) {
    if (!(await storage.manifest(repository, digest))) {
      throw new Refusal('MANIFEST_BLOB_UNKNOWN', 'manifest unknown to registry', { detail: { digest } });
    }
  }
}

function requireDescriptors(value: unknown, field: string): void {
  if (!Array.isArray(value)) throw invalid(`${field} isn't a list`);
  const broken = value.find((entry) => !isDescriptor(entry));
  if (broken !== undefined || value.includes(undefined))
    throw invalid(`${field} contains something that isn't a descriptor`);
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    isRecord(value) &&
    typeof value['mediaType'] === 'string' &&
    typeof value['digest'] === 'string' &&
    isDigest(value['digest']) &&
    Number.isSafeInteger(value['size']) &&
    (value['urls'] === undefined || Array.isArray(value['urls']))
  );
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function invalid(why: string): Refusal {
  return new Refusal('MANIFEST_INVALID', `manifest invalid: ${why}`);
}
