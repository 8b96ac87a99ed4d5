import { constants, type BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { unreadable } from '../context/build-context.ts';
import { RegistryPusherError } from '../errors.ts';
import type { FileEntry, PlannedFile } from './entry.ts';

const chunkSize = 256 * 1024;

/**
 * Reads a file's content in chunks, exactly as many bytes as it had when it was first read.
 * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE
 */
export async function* readFileExactly(file: FileEntry): AsyncGenerator<Buffer> {
  const handle = await openFile(file);
  try {
    if (stampOf(await handle.stat({ bigint: true })) !== file.stamp) throw changed(file);
    yield* chunksOf(handle, file, file.size);
    if (stampOf(await handle.stat({ bigint: true })) !== file.stamp) throw changed(file);
  } finally {
    await handle.close();
  }
}

/** Opens without following a link, and without waiting should it have become a pipe. */
export async function openFile(file: PlannedFile): Promise<FileHandle> {
  try {
    return await open(file.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw changed(file, error);
    throw unreadable(file.contextPath, error);
  }
}

/** Reads `size` bytes; each chunk is a buffer of its own. */
export async function* chunksOf(handle: FileHandle, file: PlannedFile, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkSize, size - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at).catch((error: unknown) => {
      throw unreadable(file.contextPath, error);
    });
    if (bytesRead === 0) throw changed(file);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What tells a file from its later self without reading it again. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

export function changed({ contextPath }: PlannedFile, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_CHANGED',
    `${contextPath} changed while the image was being built. Nothing of it was kept: let what writes it finish, then run again.`,
    { cause },
  );
}
