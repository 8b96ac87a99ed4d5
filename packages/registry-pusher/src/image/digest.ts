import { createHash } from 'node:crypto';
import { RegistryPusherError } from './errors.ts';

/** A content digest: `sha256:` and 64 lowercase hex digits. @see OCI image-spec, descriptor.md#digests */
export type Digest = `sha256:${string}`;

const grammar = /^sha256:[0-9a-f]{64}$/;

/** Returns the SHA-256 digest of bytes, or of a string's UTF-8 bytes. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function isDigest(text: string): text is Digest {
  return grammar.test(text);
}

/** @throws RegistryPusherError DIGEST_INVALID */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryPusherError('DIGEST_INVALID', `"${text}" isn't a digest: expected sha256: and 64 hex digits.`);
}

/** Returns the first 12 hex digits, as Docker and Heroku print an image ID. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
