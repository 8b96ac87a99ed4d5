import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { RegistryPusherError } from '../image/errors.ts';

const maxBytes = 1024 * 1024;

/**
 * Reads a small text file, such as a Dockerfile. Never waits for a pipe or a device, and never reads more than 1 MiB.
 * @throws RegistryPusherError FILE_REFUSED for anything but a regular file of at most 1 MiB; the system's error if it can't
 * be opened or read
 */
export async function readTextFile(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(explainOpenError);
  // Yarn's Plug'n'Play replaces Node's handles with ones that don't dispose of themselves.
  await using _closing = { [Symbol.asyncDispose]: () => handle.close() };
  const stat = await handle.stat();
  if (stat.isDirectory()) throw refusedError(file, 'is a directory');
  if (!stat.isFile()) throw refusedError(file, 'is a pipe, a device or a socket');
  const bytes = await readAtMost(handle, maxBytes + 1);
  if (bytes.length > maxBytes) throw refusedError(file, 'is larger than 1 MiB');
  return bytes.toString('utf8');

  /** A socket, or a pipe without a reader, can't be opened. */
  function explainOpenError(error: NodeJS.ErrnoException): never {
    if (error.code === 'ENXIO') throw refusedError(file, 'is a pipe, a device or a socket');
    throw error;
  }
}

/** The size of some files, such as those in /proc, is only known once they are read. */
async function readAtMost(handle: FileHandle, limit: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function refusedError(file: string, what: string): RegistryPusherError {
  return new RegistryPusherError('FILE_REFUSED', `${file} ${what}. Replace it with a regular text file.`);
}
