import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { diskFull } from '../engine/disk-full.ts';

/**
 * Unpacks what `docker save` writes into a folder: files, and links between them, nothing outside of it.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED for an archive that leads out of the folder, DISK_FULL
 */
export async function unpack(archive: Readable, folder: string): Promise<void> {
  const unpacking = extract();
  const reading = pipeline(archive, unpacking);
  // What fails here is thrown by the loop below.
  reading.catch(() => undefined);
  try {
    for await (const entry of unpacking) {
      const { name, type, linkname } = entry.header;
      const path = join(folder, inside(name));
      if (type === 'directory') await mkdir(path, { recursive: true });
      else await mkdir(dirname(path), { recursive: true });
      if (type === 'file') await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      else if (type === 'symlink') await symlink(inside(linkname ?? '', dirname(name)), path);
      if (type !== 'file') entry.resume();
    }
    await reading;
  } catch (error) {
    archive.destroy();
    await reading.catch(() => undefined);
    throw diskFull(folder, error);
  }
}

function inside(name: string, from = ''): string {
  const path = posix.join(from, name);
  if (!name.startsWith('/') && path !== '..' && !path.startsWith('../')) return from === '' ? path : name;
  throw new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `Docker saves an image with the path ${name} in it, which is refused.`,
  );
}
