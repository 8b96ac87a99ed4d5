import type { TarHeader } from '../../tar/header.ts';
import { type TarEntry, writeTar } from '../../tar/write.ts';
import { yieldToEventLoop } from '../context/event-loop.ts';
import { type Entry, type FileEntry, isStoredFile, type StoredFile } from './entry.ts';
import { rereadFile } from './read-file.ts';
import { StoredContent } from './stored-content.ts';

/** Sees the content of a file of another image as it streams by. */
export type Inspect = (file: StoredFile, chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/**
 * Writes a layer's tar file: its entries in their order, each with the same time.
 * @param buffer for the content of local files; each chunk is then valid until the next one
 * @throws RegistryPusherError FILE_CHANGED when a file has changed since it was first read, FILE_UNREADABLE, and what the
 * registry client throws
 */
export function writeLayerTar(
  entries: readonly Entry[],
  mtime: number,
  buffer?: Buffer,
  inspect: Inspect = (_, chunks) => chunks,
): AsyncGenerator<Buffer> {
  return writeTar(tarEntries(entries, mtime, buffer, inspect));
}

async function* tarEntries(
  entries: readonly Entry[],
  mtime: number,
  buffer: Buffer | undefined,
  inspect: Inspect,
): AsyncGenerator<TarEntry> {
  await using stored = new StoredContent();
  for (const entry of entries) {
    const header = headerOf(entry, mtime);
    if (entry.type !== 'file') yield { header };
    else if (isStoredFile(entry)) yield { header, content: inspect(entry, stored.read(entry)) };
    else yield { header, content: localContent(entry, buffer) };
  }
  await stored.finish();
}

async function* localContent(file: FileEntry, buffer: Buffer | undefined): AsyncGenerator<Buffer> {
  for (const chunk of rereadFile(file, buffer)) {
    yield chunk;
    await yieldToEventLoop();
  }
}

/** Paths are relative to the image's root. */
function headerOf(entry: Entry, mtime: number): TarHeader {
  const { uid, gid } = entry;
  const name = entry.path.slice(1);
  switch (entry.type) {
    case 'file':
      return { type: 'file', name, mode: entry.mode, uid, gid, size: entry.size, mtime };
    case 'directory':
      return { type: 'directory', name: `${name}/`, mode: entry.mode, uid, gid, size: 0, mtime };
    case 'link':
      return { type: 'symlink', name, linkname: entry.target, mode: 0o777, uid, gid, size: 0, mtime };
    case 'hard link':
      return { type: 'link', name, linkname: entry.target.slice(1), mode: entry.mode, uid, gid, size: 0, mtime };
  }
}
