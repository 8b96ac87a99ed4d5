import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImageReader } from '../../build/base-image.ts';
import type { BuildRequest } from '../../build/builder.ts';
import { type Dockerfile, parseDockerfile } from '../../build/dockerfile/parse.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { lockPathOf, readLock } from '../../build/lock/base-lock.ts';
import { parseLock } from '../../build/lock/lock-file.ts';
import { warnIfMoved } from '../../build/lock/moved-tag.ts';
import { limitTime } from '../export/limit-time.ts';
import { pinDockerfile, type PinnedDockerfile } from './pin-dockerfile.ts';

/** The Dockerfile to send to an engine. */
export interface LockedDockerfile {
  readonly dockerfile: Dockerfile;
  /** The path of the Dockerfile, and of the file to send in its place. */
  readonly file: { readonly path: string; readonly source: string };
  /** Resolves once the registry has said where the pinned images' tags point to. Never rejects. */
  readonly warnings: Promise<readonly string[]>;
}

export interface ApplyLockOptions {
  readonly request: BuildRequest;
  /** The directory for a Dockerfile with digests. */
  readonly directory: string;
  readonly lock: 'use' | 'ignore' | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Reads the tags of pinned images. */
  readonly registry: ImageReader | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Adds the digests from the lock file next to the Dockerfile to a copy of the Dockerfile.
 * @throws RegistryPusherError LOCK_INVALID
 */
export async function applyLock(
  { text, dockerfile }: { readonly text: string; readonly dockerfile: Dockerfile },
  { request, directory, lock = 'use', buildArgs, registry, signal }: ApplyLockOptions,
): Promise<LockedDockerfile> {
  const path = request.dockerfile;
  const lockPath = lockPathOf(path);
  const locked = lock === 'use' ? await readLock(lockPath) : undefined;
  if (locked === undefined) return { dockerfile, file: { path, source: path }, warnings: Promise.resolve([]) };
  const options = { target: request.target, buildArgs, lockPath: basename(lockPath) };
  const pins = parseLock(locked, lockPath);
  let pinned: PinnedDockerfile;
  try {
    pinned = pinDockerfile(text, dockerfile, pins, options);
  } catch (error) {
    // An engine may support what this package can't parse.
    if (!(error instanceof RegistryPusherError)) throw error;
    const warning = `Ignoring ${basename(lockPath)} and using tags: ${error.message}`;
    return { dockerfile, file: { path, source: path }, warnings: Promise.resolve([warning]) };
  }
  const source = join(directory, 'Dockerfile');
  await writeFile(source, pinned.text);
  const askIfMoved =
    registry === undefined
      ? []
      : pinned.images.map((image) => warnIfMoved(image, options.lockPath, registry, { signal: limitTime(signal) }));
  const warnings = Promise.all(askIfMoved).then((moved) => [...pinned.warnings, ...moved.flat()]);
  return { dockerfile: parseDockerfile(pinned.text), file: { path, source }, warnings };
}
