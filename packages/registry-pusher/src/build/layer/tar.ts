import { breathe } from '../context/breathe.ts';
import type { Entry, StoredFile } from './entry.ts';
import { isStored } from './expand.ts';
import { readAgain } from './read-file.ts';
import { StoredContent } from './stored-content.ts';
import { endOfTar, padding, tarHeader } from './tar-header.ts';

/** Looks at the content of a file of another image while it goes by. */
export type Inspect = (file: StoredFile, chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/**
 * A layer's tar file: its entries in their order, each with the same time. The same entries always give the same bytes.
 * With a buffer, each chunk is valid until the next one.
 * @throws RegistryPusherError FILE_CHANGED when a file is no longer what it was when it was first read, FILE_UNREADABLE, and
 * what the registry client throws
 */
export async function* tarOf(
  entries: readonly Entry[],
  mtime: number,
  buffer?: Buffer,
  inspect: Inspect = (_, chunks) => chunks,
): AsyncGenerator<Buffer> {
  await using stored = new StoredContent();
  for (const entry of entries) {
    yield tarHeader(entry, mtime);
    if (entry.type !== 'file') continue;
    if (isStored(entry)) yield* inspect(entry, stored.chunks(entry));
    else
      for (const chunk of readAgain(entry, buffer)) {
        yield chunk;
        await breathe();
      }
    if (entry.size % 512 !== 0) yield padding(entry.size);
  }
  await stored.finish();
  yield endOfTar();
}
