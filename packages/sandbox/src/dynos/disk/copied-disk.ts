import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { MakeDisk } from './disk.ts';

/**
 * A disk that is a copy of the image: by reference if the file system supports it (APFS, Btrfs, XFS), or else byte for
 * byte, which takes about as long as unpacking the image.
 */
export const copiedDisk: MakeDisk = async (imageRoot, directory) => {
  const root = join(directory, 'root');
  await copyDirectory(imageRoot, root);
  return {
    root,
    enter: async (command, cwd) => {
      await mkdir(cwd, { recursive: true });
      return { ...command, cwd };
    },
  };
};

async function copyDirectory(source: string, target: string): Promise<void> {
  await turn();
  mkdirSync(target);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) await copyDirectory(from, to);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
  chmodSync(target, lstatSync(source).mode & 0o1777);
}
