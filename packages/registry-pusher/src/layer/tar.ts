import type { Entry } from './entry.ts';
import { breathe, readAgain } from './read-file.ts';
import { endOfTar, padding, tarHeader } from './tar-header.ts';

/**
 * A layer's tar file: its entries in their order, each with the same time. The same entries always give the same bytes.
 * With a buffer, each chunk is valid until the next one.
 * @throws RegistryPusherError FILE_CHANGED when a file is no longer what it was when it was first read, FILE_UNREADABLE
 */
export async function* tarOf(entries: readonly Entry[], mtime: number, buffer?: Buffer): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield tarHeader(entry, mtime);
    if (entry.type !== 'file') continue;
    for (const chunk of readAgain(entry, buffer)) {
      yield chunk;
      await breathe();
    }
    if (entry.size % 512 !== 0) yield padding(entry.size);
  }
  yield endOfTar();
}
