import { access, constants, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What comes with Node.js. */
const nodePrograms = ['node', 'nodejs', 'npm', 'npx', 'corepack'];

/** What every Debian image holds (its essential packages), as far as start scripts use it. */
const systemPrograms = (
  'awk basename bash cat chmod chown cp cut date dirname echo env false find grep gzip head hostname id ln ls mkdir ' +
  'mktemp mv nproc printf pwd readlink realpath rm rmdir sed seq sh sleep sort stat stdbuf tail tar tee test timeout ' +
  'touch tr true uname uniq wc which whoami xargs'
).split(' ');

/**
 * A folder of links to this machine's programs that stand in for an image's own, where the image has none or they cannot
 * run here: Node.js, npm and a Debian base system, and nothing that the real image would not have either.
 */
export async function lendPrograms(dir: string): Promise<string> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const name of [...nodePrograms, ...systemPrograms]) {
    const source = await findProgram(name);
    if (source !== undefined) await symlink(source, join(dir, name));
  }
  return dir;
}

/** Whether the machine's own program takes the place of an image's of that name, also when the image has one. */
export const isNodeProgram = (name: string): boolean => nodePrograms.includes(name);

export const isLendable = (name: string): boolean => isNodeProgram(name) || systemPrograms.includes(name);

async function findProgram(name: string): Promise<string | undefined> {
  if (name === 'node' || name === 'nodejs') return process.execPath;
  const folders = isNodeProgram(name) ? [dirname(process.execPath)] : ['/usr/bin', '/bin'];
  for (const folder of folders) {
    const path = join(folder, name);
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
