import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RegistryPusherError } from '../../image/errors.ts';
import { readTar } from '../../tar/read.ts';
import { explainDiskError } from './disk-error.ts';

/**
 * Extracts the output of `docker save` to a directory: files, and links between them.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED for a path outside the directory, DISK_FULL
 */
export async function extractArchive(archive: Readable, directory: string): Promise<void> {
  try {
    for await (const entry of readTar(archive)) {
      const { name, type, linkname } = entry.header;
      const path = join(directory, assertInside(name));
      if (type === 'directory') await mkdir(path, { recursive: true });
      else await mkdir(dirname(path), { recursive: true });
      if (type === 'file') await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      else if (type === 'symlink') await symlink(assertInside(linkname, dirname(name)), path);
    }
  } catch (error) {
    archive.destroy();
    throw explainDiskError(directory, error);
  }
}

function assertInside(name: string, from = ''): string {
  const path = posix.join(from, name);
  if (!name.startsWith('/') && path !== '..' && !path.startsWith('../')) return from === '' ? path : name;
  throw new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `Can't extract the image that Docker saved: it contains the path ${name}, which is outside the archive.`,
  );
}
