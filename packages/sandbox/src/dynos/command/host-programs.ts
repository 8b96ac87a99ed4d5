import { access, constants, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The programs of Node.js. */
const nodePrograms = ['node', 'nodejs', 'npm', 'npx', 'corepack'];

/** The programs of Debian's essential packages that start scripts use. */
const systemPrograms = (
  'awk basename bash cat chmod chown cp cut date dirname echo env false find grep gzip head hostname id ln ls mkdir ' +
  'mktemp mv nproc printf pwd readlink realpath rm rmdir sed seq sh sleep sort stat stdbuf tail tar tee test timeout ' +
  'touch tr true uname uniq wc which whoami xargs'
).split(' ');

/**
 * Links this machine's programs into a directory, to replace an image's own where they are missing or can't run here:
 * Node.js, npm and a Debian base system, nothing that a real image lacks.
 */
export async function linkHostPrograms(dir: string): Promise<string> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const name of [...nodePrograms, ...systemPrograms]) {
    const source = await findProgram(name);
    if (source !== undefined) await symlink(source, join(dir, name));
  }
  return dir;
}

/** Returns whether the machine's program replaces the image's program of that name. */
export const isNodeProgram = (name: string): boolean => nodePrograms.includes(name);

export const isHostProgram = (name: string): boolean => isNodeProgram(name) || systemPrograms.includes(name);

async function findProgram(name: string): Promise<string | undefined> {
  if (name === 'node' || name === 'nodejs') return process.execPath;
  const directories = isNodeProgram(name) ? [dirname(process.execPath)] : ['/usr/bin', '/bin'];
  for (const directory of directories) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
