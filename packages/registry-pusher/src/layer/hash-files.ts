import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import type { FileEntry, PlannedFile } from './entry.ts';
import { headerSize, type NativeCode, nativeCodeOf } from '../native/native-code.ts';
import { aborted } from './build-layer.ts';
import { changed, chunksOf, openFile, stampOf } from './read-file.ts';
import { SecretScan, secretFound } from './secrets.ts';

export interface HashOptions {
  /** Values that must not stand in any file. */
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal;
}

/** A file that was read once, and the machine code that it holds. */
export interface HashedFile {
  readonly entry: FileEntry;
  readonly native?: NativeCode;
}

const filesAtOnce = 8;

/**
 * Reads every file once: its size, whether it is executable, the digest of its content, machine code by its header.
 * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE, FILE_REFUSED when a secret's value stands in one
 */
export async function hashFiles(files: readonly PlannedFile[], options: HashOptions): Promise<HashedFile[]> {
  const limit = pLimit(filesAtOnce);
  const results = await Promise.allSettled(
    files.map((file) =>
      limit(async () => {
        if (options.signal?.aborted) throw aborted(options.signal);
        try {
          return await hashFile(file, options);
        } catch (error) {
          limit.clearQueue();
          throw error;
        }
      }),
    ),
  );
  return results.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    throw result.reason;
  });
}

async function hashFile(file: PlannedFile, { secrets }: HashOptions): Promise<HashedFile> {
  const handle = await openFile(file);
  try {
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) throw changed(file);
    const size = Number(stat.size);
    const hash = createHash('sha256');
    const scan = new SecretScan(secrets);
    let header: Buffer = Buffer.alloc(0);
    for await (const chunk of chunksOf(handle, file, size)) {
      if (header.length < headerSize) header = Buffer.concat([header, chunk.subarray(0, headerSize - header.length)]);
      if (scan.finds(chunk)) throw secretFound(file.contextPath);
      hash.update(chunk);
    }
    if (stampOf(await handle.stat({ bigint: true })) !== stampOf(stat)) throw changed(file);
    const mode = file.mode ?? (stat.mode & 0o100n ? 0o755 : 0o644);
    const native = nativeCodeOf(header);
    const entry: FileEntry = { ...file, mode, size, digest: `sha256:${hash.digest('hex')}`, stamp: stampOf(stat) };
    return { entry, ...(native === undefined ? {} : { native }) };
  } finally {
    await handle.close();
  }
}
