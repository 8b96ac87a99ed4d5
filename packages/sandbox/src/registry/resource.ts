import { requireRepository } from './grammar.ts';
import { Refusal } from './refusal.ts';

/** What a path of the protocol names. */
export interface Resource {
  readonly kind: 'root' | 'blob' | 'manifest' | 'tags' | 'uploads' | 'upload';
  /** Empty for the root. */
  readonly repository: string;
  /** A digest, a tag, or an upload's ID; empty where the kind has none. */
  readonly reference: string;
}

// The first that fits counts: `uploads` may also be the name of a repository's last component.
const shapes: readonly (readonly [Resource['kind'], RegExp])[] = [
  ['uploads', /^\/v2\/(.+)\/blobs\/uploads\/?$/],
  ['upload', /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/],
  ['blob', /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ['manifest', /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ['tags', /^\/v2\/(.+)\/tags\/list$/],
];

/** Reads a request's path. Throws NAME_INVALID, or 404 where the registry has nothing, as for `_catalog`. */
export function parseResource(path: string): Resource {
  if (path === '/v2' || path === '/v2/') return { kind: 'root', repository: '', reference: '' };
  for (const [kind, shape] of shapes) {
    const match = shape.exec(path);
    if (match) return { kind, repository: requireRepository(decode(match[1])), reference: decode(match[2]) };
  }
  throw new Refusal('UNSUPPORTED', 'no such endpoint', { status: 404 });
}

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    throw new Refusal('NAME_INVALID', 'the path is not percent-encoded text');
  }
}
