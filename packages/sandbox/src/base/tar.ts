import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { TreeEntry } from './tree.ts';

const epoch = new Date(0);

/** Returns a tar whose bytes depend only on the entries. */
export async function tarOf(entries: readonly TreeEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const entry of entries) {
    const content = entry.type === 'file' ? entry.content : '';
    archive.entry(headerOf(entry), content);
  }
  archive.finalize();
  return await buffer(archive);
}

function headerOf(entry: TreeEntry) {
  const owner = entry.type === 'directory' ? (entry.owner ?? 0) : 0;
  return {
    name: entry.type === 'directory' ? `${entry.path}/` : entry.path,
    type: entry.type,
    mode: entry.type === 'symlink' ? 0o777 : entry.mode,
    uid: owner,
    gid: owner,
    uname: '',
    gname: '',
    mtime: epoch,
    ...(entry.type === 'symlink' && { linkname: entry.target }),
  };
}
