import type { Entry } from './entry.ts';
import { readFileExactly } from './read-file.ts';
import { endOfTar, padding, tarHeader } from './tar-header.ts';

/**
 * A layer's tar file: its entries in their order, each with the same time. The same entries always give the same bytes.
 * @throws RegistryPusherError FILE_CHANGED when a file is no longer what it was when it was first read
 */
export async function* tarOf(entries: readonly Entry[], mtime: number): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield tarHeader(entry, mtime);
    if (entry.type !== 'file') continue;
    yield* readFileExactly(entry);
    if (entry.size % 512 !== 0) yield padding(entry.size);
  }
  yield endOfTar();
}
