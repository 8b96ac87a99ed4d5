import type { TarHeader } from '../../tar/header.ts';
import { type TarEntry, writeTar } from '../../tar/write.ts';
import { yieldToEventLoop } from '../context/event-loop.ts';
import { type Entry, type FileEntry, isStoredFile, type StoredFile } from './entry.ts';
import { earliestTime, readTime, timeOf } from './file-times.ts';
import { rereadFile } from './read-file.ts';
import { StoredContent } from './stored-content.ts';

/** Sees the content of a file of another image as it streams by. */
export type Inspect = (file: StoredFile, chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/**
 * Writes a layer's tar file: its entries in their order.
 * @param epoch the time of all entries, in seconds since 1970; without it, a file's time derives from its content
 * @param buffer for the content of local files; each chunk is then valid until the next one
 * @throws RegistryPusherError FILE_CHANGED when a file has changed since it was first read, FILE_UNREADABLE, and what the
 * registry client throws
 */
export function writeLayerTar(
  entries: readonly Entry[],
  epoch?: number,
  buffer?: Buffer,
  inspect: Inspect = (_, chunks) => chunks,
): AsyncGenerator<Buffer> {
  return writeTar(tarEntries(entries, epoch, buffer, inspect));
}

async function* tarEntries(
  entries: readonly Entry[],
  epoch: number | undefined,
  buffer: Buffer | undefined,
  inspect: Inspect,
): AsyncGenerator<TarEntry> {
  await using stored = new StoredContent();
  const storedTimes = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === 'hard link')
      yield { header: headerOf(entry, epoch ?? storedTimes.get(entry.target) ?? earliestTime) };
    else if (entry.type !== 'file') yield { header: headerOf(entry, epoch ?? earliestTime) };
    else if (isStoredFile(entry)) {
      const { time, content } = await readTime(inspect(entry, stored.read(entry)));
      storedTimes.set(entry.path, time);
      yield { header: headerOf(entry, epoch ?? time), content };
    } else yield { header: headerOf(entry, epoch ?? timeOf(entry.digest)), content: localContent(entry, buffer) };
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
