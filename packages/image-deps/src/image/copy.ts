import { chmod, constants, copyFile, cp, mkdir, readdir, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ImageDepsError } from '../errors.ts';

/**
 * Copies files of a directory. A link is kept if it leads to something inside the directory. Returns the number of bytes.
 */
export async function copyFiles(from: string, to: string, paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true });
    const link = await readlink(join(from, path)).catch(() => undefined);
    if (link === undefined) bytes += await copyOne(join(from, path), target);
    else {
      await assertInside(from, path);
      await symlink(link, target);
    }
  }
  return bytes;
}

/** Copies a package without the packages in its node_modules, unless they are part of its archive. */
export async function copyPackage(from: string, to: string, withBundle: boolean): Promise<number> {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isFile()) return copyOne(source, target);
    if (!entry.isDirectory()) return 0;
    if (entry.name !== 'node_modules') return copyPackage(source, target, true);
    if (withBundle) await cp(source, target, { recursive: true, verbatimSymlinks: true });
    return 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function copyOne(from: string, to: string): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const { size, mode } = await stat(from);
  await chmod(to, mode & 0o100 ? 0o755 : 0o644);
  return size;
}

async function assertInside(directory: string, path: string): Promise<void> {
  const file = join(directory, path);
  const target = await realpath(file).catch(() => undefined);
  const inside = target === undefined ? '..' : relative(await realpath(directory), target);
  if (inside === '..' || inside.startsWith('../'))
    throw new ImageDepsError(
      'DEPENDENCY_OUTSIDE',
      `${file} is a link that leads out of ${directory}: copy the file instead.`,
    );
}
