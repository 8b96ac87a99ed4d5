import { requireRepository } from './grammar.ts';
import { Refusal } from './refusal.ts';

/** What a path names. */
export interface Resource {
  readonly kind: 'root' | 'blob' | 'manifest' | 'tags' | 'uploads' | 'upload';
  /** Empty for the root. */
  readonly repository: string;
  /** A digest, a tag or an upload's ID; empty if the kind has none. */
  readonly reference: string;
}

// The first match wins: `uploads` may also be a repository's last component.
const shapes: readonly (readonly [Resource['kind'], RegExp])[] = [
  ['uploads', /^\/v2\/(.+)\/blobs\/uploads\/?$/],
  ['upload', /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/],
  ['blob', /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ['manifest', /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ['tags', /^\/v2\/(.+)\/tags\/list$/],
];

/** Parses a request's path. Throws a refusal for other paths: NAME_INVALID, or 404 as for `_catalog`. */
export function parseResource(path: string): Resource | Refusal {
  if (path === '/v2' || path === '/v2/') return { kind: 'root', repository: '', reference: '' };
  for (const [kind, shape] of shapes) {
    const [, name, reference = ''] = shape.exec(path) ?? [];
    if (name !== undefined) return resourceOf(kind, name, reference);
  }
  return new Refusal('UNSUPPORTED', 'no such endpoint', { status: 404 });
}

function resourceOf(kind: Resource['kind'], name: string, reference: string): Resource | Refusal {
  try {
    return { kind, repository: requireRepository(decodeURIComponent(name)), reference: decodeURIComponent(reference) };
  } catch (error) {
    return error instanceof Refusal ? error : new Refusal('NAME_INVALID', "the path isn't valid percent-encoding");
  }
}
