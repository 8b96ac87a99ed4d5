import { posix } from 'node:path';

const prefix = '.wh.';
const opaque = '.wh..wh..opq';

/** What a whiteout removes from the layers below: a path, or everything inside a directory. */
export type Whiteout =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'contents'; readonly path: string };

/** Parses an entry's path as a whiteout. Returns undefined for other files. @see OCI image-spec, layer.md#whiteouts */
export function parseWhiteout(path: string): Whiteout | undefined {
  const name = posix.basename(path);
  if (name === opaque) return { kind: 'contents', path: posix.dirname(path) };
  if (!name.startsWith(prefix)) return undefined;
  return { kind: 'path', path: posix.join(posix.dirname(path), name.slice(prefix.length)) };
}
