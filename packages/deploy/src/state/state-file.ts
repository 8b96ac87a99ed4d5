import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '@tozo/registry-pusher';

const maxBytes = 256 * 1024;

/** Replaces a file as a whole: readers see the old text or the new one. Creates its directory. */
export async function writeStateFile(file: string, text: string): Promise<void> {
  await makeDirectory(dirname(file));
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Returns a file's text, or undefined if it doesn't exist, isn't a regular file, is too large or can't be read. */
export async function readStateFile(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    await using _closing = { [Symbol.asyncDispose]: () => handle.close() };
    const stat = await handle.stat();
    return stat.isFile() && stat.size <= maxBytes ? await handle.readFile('utf8') : undefined;
  } catch {
    return undefined;
  }
}
