import { RegistryPusherError } from '../../image/errors.ts';
import { type Digest, isDigest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';

/** The digests of base images, by their full names: `docker.io/library/node:20-slim`. */
export type Pins = ReadonlyMap<string, Digest>;

const version = 1;

/** Returns the name that a reference is pinned by, or undefined for one with a digest. */
export function pinName(reference: ImageReference): string | undefined {
  return reference.digest === undefined ? formatImageReference(reference) : undefined;
}

/**
 * Parses a lock file: `{ "version": 1, "images": { "docker.io/library/node:20-slim": "sha256:…" } }`.
 * @param path for errors
 * @throws RegistryPusherError LOCK_INVALID
 */
export function parseLock(text: string, path: string): Pins {
  const { version: written, images } = parseObject(text, path);
  if (written !== version)
    throw lockInvalidError(path, `its version is ${JSON.stringify(written)} instead of ${version}`);
  if (typeof images !== 'object' || images === null || Array.isArray(images))
    throw lockInvalidError(path, 'it has no "images"');
  const pins = new Map<string, Digest>();
  for (const [name, digest] of Object.entries(images)) {
    if (typeof digest !== 'string' || !isDigest(digest)) throw lockInvalidError(path, `"${name}" has no sha256 digest`);
    pins.set(name, digest);
  }
  return pins;
}

/** Formats a lock file, sorted by name. */
export function formatLock(pins: Pins): string {
  const images = Object.fromEntries([...pins].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version, images }, undefined, 2)}\n`;
}

function parseObject(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw lockInvalidError(path, "it isn't a JSON object");
}

function lockInvalidError(path: string, why: string): RegistryPusherError {
  return new RegistryPusherError('LOCK_INVALID', `${path} is invalid: ${why}. Pin the bases again (--pin).`);
}
