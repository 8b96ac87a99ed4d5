import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { formatLock, parseLock } from './lock-file.ts';
import { type LockedReader, readLocked, readPinning } from './locked-reader.ts';

/**
 * What becomes of the lock file beside the Dockerfile: `use` uses the digests that it names, `write` pins what the tags
 * stand for now, `ignore` does as if there were none.
 */
export type LockMode = 'use' | 'write' | 'ignore';

/** A Dockerfile's bases, pinned or not. */
export interface BaseLock {
  /** Undefined where nothing is pinned or to be pinned. */
  readonly reader?: LockedReader;
  /** Writes the lock file where that was asked for, once the bases were read. */
  readonly save: () => Promise<void>;
}

/** `Dockerfile.lock` beside `Dockerfile`. */
export function lockPathOf(dockerfile: string): string {
  return `${dockerfile}.lock`;
}

/** @throws RegistryPusherError LOCK_INVALID */
export async function openBaseLock(
  dockerfile: string,
  use: LockMode,
  registry: Pick<RegistryClient, 'getDigest' | 'getImage' | 'readBlob'>,
): Promise<BaseLock> {
  const path = lockPathOf(dockerfile);
  if (use === 'write') {
    const reader = readPinning(registry);
    return { reader, save: () => writeLock(path, formatLock(reader.pins)) };
  }
  const text = use === 'ignore' ? undefined : await readLock(path);
  if (text === undefined) return { save: async () => undefined };
  return { reader: readLocked(registry, parseLock(text, path), basename(path)), save: async () => undefined };
}

/** The lock file's text; undefined when there is none. */
export async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new RegistryPusherError('LOCK_INVALID', `${path} cannot be read: ${code}. Check its permissions.`, {
      cause: error,
    });
  }
}

async function writeLock(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new RegistryPusherError(
      'LOCK_INVALID',
      `${path} cannot be written: ${(error as NodeJS.ErrnoException).code}. Check the directory's permissions.`,
      { cause: error },
    );
  }
}
