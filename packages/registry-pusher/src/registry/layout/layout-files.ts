import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../image/descriptor.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { holdBackLast } from '../client/hold-back.ts';

const chunkSize = 256 * 1024;

/** Returns the path of a blob in a layout, relative to its directory. */
export function blobPathOf(digest: Digest): string {
  return join('blobs', ...digest.split(':'));
}

/**
 * Reads a small file of a layout. Layouts can come from others, so only regular files count, and only up to a size.
 * @param path relative to the layout, without links on the way
 * @returns undefined if it doesn't exist
 * @throws RegistryPusherError LAYOUT_INVALID
 */
export async function readLayoutFile(directory: string, path: string, maxSize: number): Promise<Buffer | undefined> {
  const file = await openRegularFile(directory, path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > maxSize) throw layoutInvalidError(directory, `${path} is larger than ${maxSize} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Reads a small blob and checks its size and digest.
 * @throws RegistryPusherError LAYOUT_INVALID, DIGEST_MISMATCH
 */
export async function readSmallBlob(directory: string, descriptor: Descriptor, maxSize: number): Promise<Buffer> {
  const { digest, size } = descriptor;
  const bytes = await readLayoutFile(directory, blobPathOf(digest), maxSize);
  if (bytes === undefined) throw layoutInvalidError(directory, `it has no blob ${digest}`);
  if (bytes.length !== size || digestOf(bytes) !== digest) throw damagedError(directory, descriptor);
  return bytes;
}

/**
 * Streams a blob and checks its size and digest.
 * @param start the first byte; the digest is checked only from 0
 * @throws RegistryPusherError LAYOUT_INVALID, DIGEST_MISMATCH at the latest at the end
 */
export async function* readLayoutBlob(directory: string, descriptor: Descriptor, start = 0): AsyncGenerator<Buffer> {
  const file = await openRegularFile(directory, blobPathOf(descriptor.digest));
  if (file === undefined) throw layoutInvalidError(directory, `it has no blob ${descriptor.digest}`);
  try {
    if ((await file.stat()).size !== descriptor.size) throw damagedError(directory, descriptor);
    const hash = createHash('sha256');
    yield* holdBackLast(readChunks(file, start, descriptor.size, hash), () => {
      if (start === 0 && `sha256:${hash.digest('hex')}` !== descriptor.digest)
        throw damagedError(directory, descriptor);
    });
  } finally {
    await file.close();
  }
}

/** Ends early for a file that was truncated meanwhile. Its digest is then another. */
async function* readChunks(file: FileHandle, start: number, size: number, hash: Hash): AsyncGenerator<Buffer> {
  for (let at = start; at < size;) {
    const length = Math.min(chunkSize, size - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    yield chunk;
  }
}

/** Returns whether a layout has a blob of the right size. */
export async function hasLayoutBlob(directory: string, { digest, size }: Descriptor): Promise<boolean> {
  const file = await openRegularFile(directory, blobPathOf(digest));
  if (file === undefined) return false;
  try {
    return (await file.stat()).size === size;
  } finally {
    await file.close();
  }
}

/** Opens a file without following links and without waiting for a pipe. */
async function openRegularFile(directory: string, path: string): Promise<FileHandle | undefined> {
  const parents = path.split('/').slice(0, -1);
  for (const [index] of parents.entries()) {
    const parent = parents.slice(0, index + 1).join('/');
    const found = await lstat(join(directory, parent)).catch((error: unknown) => orMissing(directory, parent, error));
    if (found === undefined) return undefined;
    if (!found.isDirectory()) throw layoutInvalidError(directory, `${parent} isn't a directory`);
  }
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(join(directory, path), flags).catch((error: unknown) => orMissing(directory, path, error));
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  throw layoutInvalidError(directory, `${path} isn't a regular file`);
}

function orMissing(directory: string, path: string, error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return undefined;
  throw layoutInvalidError(directory, code === 'ELOOP' ? `${path} is a link` : `${path} can't be read: ${code}`);
}

export function layoutInvalidError(directory: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'LAYOUT_INVALID',
    `${directory} isn't a valid OCI layout: ${why}. Write it again (--output), or correct the path.`,
  );
}

function damagedError(directory: string, { digest }: Descriptor): RegistryPusherError {
  return new RegistryPusherError(
    'DIGEST_MISMATCH',
    `The blob ${digest} in ${directory} is damaged: its size or its digest is another. Write the layout again (--output).`,
  );
}
