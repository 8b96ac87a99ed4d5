import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../files/make-directory.ts';
import { type Digest, digestOf } from '../../image/digest.ts';

/**
 * Keeps manifests and configs by their digest, which a registry never changes. It only saves requests: whatever it can't
 * read or write is requested from the registry.
 */
export interface DocumentCache {
  read(digest: Digest): Promise<Buffer | undefined>;
  write(digest: Digest, bytes: Uint8Array): Promise<void>;
}

const mostDocuments = 200;

/** Returns a cache of files below a directory, the most recently written 200 of them. */
export function openDocumentCache(directory: string): DocumentCache {
  const documents = join(directory, 'documents');
  const fileOf = (digest: Digest): string => join(documents, digest.replace(':', '-'));
  return {
    async read(digest) {
      try {
        const bytes = await readFile(fileOf(digest));
        return digestOf(bytes) === digest ? bytes : undefined;
      } catch {
        return undefined;
      }
    },
    async write(digest, bytes) {
      const temporary = join(documents, `.${randomUUID()}`);
      try {
        await makeDirectory(documents);
        await writeFile(temporary, bytes, { mode: 0o600 });
        await rename(temporary, fileOf(digest));
        await removeOldest(documents);
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
  };
}

async function removeOldest(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length <= mostDocuments) return;
  const files = names.map((name) => join(directory, name));
  const aged = await Promise.all(files.map(async (file) => ({ file, written: (await stat(file)).mtimeMs })));
  const oldest = aged.sort((a, b) => b.written - a.written).slice(mostDocuments);
  await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
}
