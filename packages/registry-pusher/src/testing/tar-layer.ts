import { buffer } from 'node:stream/consumers';
import { type Headers, pack } from 'tar-stream';

/** A layer's content by path: a string or Buffer for a file, a path with a trailing slash for a directory, or an object. */
export type LayerContent = Readonly<Record<string, string | Buffer | { readonly link: string } | LayerEntry>>;

/** The fields of a tar header, and a file's content. */
export type LayerEntry = Omit<Headers, 'name'> & { readonly text?: string | Buffer };

/** Writes a tar file with another writer than the one under test. The same content returns the same bytes. */
export async function tarLayer(content: LayerContent): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(0);
  for (const [name, what] of Object.entries(content)) {
    if (typeof what === 'string' && name.endsWith('/')) tar.entry({ name, mtime, type: 'directory' });
    else if (typeof what === 'string' || Buffer.isBuffer(what)) tar.entry({ name, mtime, mode: 0o644 }, what);
    else if ('link' in what) tar.entry({ name, mtime, type: 'symlink', linkname: what.link });
    else tar.entry({ name, mtime, ...what }, what.text);
  }
  tar.finalize();
  return buffer(tar);
}
