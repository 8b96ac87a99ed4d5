import { RegistryPusherError } from '../../image/errors.ts';
import { type Digest, isDigest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';

/** The digests of base images, by their full names: `docker.io/library/node:20-slim`. */
export type Pins = ReadonlyMap<string, Digest>;

const version = 1;

/** Under which name a reference is pinned; undefined for one that names a digest itself. */
export function pinName(reference: ImageReference): string | undefined {
  return reference.digest === undefined ? formatImageReference(reference) : undefined;
}

/**
 * Reads a lock file: `{ "version": 1, "images": { "docker.io/library/node:20-slim": "sha256:…" } }`.
 * @param path names it in errors
 * @throws RegistryPusherError LOCK_INVALID
 */
export function parseLock(text: string, path: string): Pins {
  const { version: written, images } = objectIn(text, path);
  if (written !== version)
    throw invalid(path, `its version is ${JSON.stringify(written)}, and ${version} is known here`);
  if (typeof images !== 'object' || images === null || Array.isArray(images)) throw invalid(path, 'it has no "images"');
  const pins = new Map<string, Digest>();
  for (const [name, digest] of Object.entries(images)) {
    if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(path, `"${name}" has no sha256 digest`);
    pins.set(name, digest);
  }
  return pins;
}

/** Writes what {@link parseLock} reads, in the order of the names. */
export function formatLock(pins: Pins): string {
  const images = Object.fromEntries([...pins].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version, images }, undefined, 2)}\n`;
}

function objectIn(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below: what stands there instead is of no use.
  }
  throw invalid(path, 'it is not a JSON object');
}

function invalid(path: string, why: string): RegistryPusherError {
  return new RegistryPusherError('LOCK_INVALID', `${path} cannot be read: ${why}. Pin again to write it anew.`);
}
