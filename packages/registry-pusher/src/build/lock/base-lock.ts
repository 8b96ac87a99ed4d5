import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { readTextFile } from '../../files/read-text-file.ts';
import { formatLock, parseLock } from './lock-file.ts';
import { type LockedReader, createLockedReader, createPinningReader } from './locked-reader.ts';

/**
 * How to use the lock file next to the Dockerfile: `use` builds with its digests, `write` pins the current ones, `ignore`
 * builds without it.
 */
export type LockMode = 'use' | 'write' | 'ignore';

/** A Dockerfile's base images, pinned or not. */
export interface BaseLock {
  /** Undefined if nothing is or will be pinned. */
  readonly reader?: LockedReader;
  /** Writes the lock file in the mode `write`. Call it after the bases are read. */
  readonly save: () => Promise<void>;
}

/** Returns the path of the lock file: `Dockerfile.lock` next to `Dockerfile`. */
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
    const reader = createPinningReader(registry);
    return { reader, save: () => writeLock(path, formatLock(reader.pins)) };
  }
  const text = use === 'ignore' ? undefined : await readLock(path);
  if (text === undefined) return { save: async () => undefined };
  return { reader: createLockedReader(registry, parseLock(text, path), basename(path)), save: async () => undefined };
}

/** Returns the lock file's text, or undefined when it doesn't exist. */
export async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const text =
      error instanceof RegistryPusherError ? error.message : `${path} can't be read: ${code}. Check its permissions.`;
    throw new RegistryPusherError('LOCK_INVALID', text, { cause: error });
  }
}

async function writeLock(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new RegistryPusherError(
      'LOCK_INVALID',
      `${path} can't be written: ${(error as NodeJS.ErrnoException).code}. Check the directory's permissions.`,
      { cause: error },
    );
  }
}
