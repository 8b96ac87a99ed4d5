import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildRequest } from '../../build/builder.ts';
import { type Dockerfile, parseDockerfile } from '../../build/dockerfile/parse.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { lockPathOf, readLock } from '../../build/lock/base-lock.ts';
import { parseLock } from '../../build/lock/lock-file.ts';
import { pinDockerfile, type PinnedDockerfile } from './pin-dockerfile.ts';

/** The Dockerfile that an engine is given. */
export interface LockedDockerfile {
  readonly dockerfile: Dockerfile;
  /** Whose place it has, and which file is sent for it. */
  readonly file: { readonly path: string; readonly written: string };
  readonly warnings: readonly string[];
}

export interface ApplyLockOptions {
  readonly request: BuildRequest;
  /** Where a Dockerfile with digests is put. */
  readonly folder: string;
  readonly lock: 'honour' | 'ignore' | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/**
 * Names images by the digests that the lock file beside the Dockerfile pins them to; the Dockerfile itself stays as it is.
 * @throws RegistryPusherError LOCK_INVALID
 */
export async function applyLock(
  { text, dockerfile }: { readonly text: string; readonly dockerfile: Dockerfile },
  { request, folder, lock = 'honour', buildArgs }: ApplyLockOptions,
): Promise<LockedDockerfile> {
  const path = request.dockerfile;
  const lockPath = lockPathOf(path);
  const locked = lock === 'honour' ? await readLock(lockPath) : undefined;
  if (locked === undefined) return { dockerfile, file: { path, written: path }, warnings: [] };
  const options = { target: request.target, buildArgs, lockPath: basename(lockPath) };
  const pins = parseLock(locked, lockPath);
  let pinned: PinnedDockerfile;
  try {
    pinned = pinDockerfile(text, dockerfile, pins, options);
  } catch (error) {
    // Engines build what is not understood here.
    if (!(error instanceof RegistryPusherError)) throw error;
    const warning = `${basename(lockPath)} does not count, for tags are used: ${error.message}`;
    return { dockerfile, file: { path, written: path }, warnings: [warning] };
  }
  const written = join(folder, 'Dockerfile');
  await writeFile(written, pinned.text);
  return { dockerfile: parseDockerfile(pinned.text), file: { path, written }, warnings: pinned.warnings };
}
