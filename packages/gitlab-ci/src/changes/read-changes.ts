import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type AppChange, parseChanges } from './changes.ts';

/** Enough for thousands of apps. */
const maxBytes = 1024 * 1024;

/**
 * Reads what lint-test found out about one app. Reads only a regular file of at most 1 MiB, follows no link and waits for
 * nothing. Returns why nothing is known otherwise.
 * @param app the app's directory, relative to the repository's root
 * @param commit the job's commit: a document for another one is left over from another pipeline
 */
export async function readAppChange(file: string, app: string, commit: string): Promise<AppChange | string> {
  const text = await readSmallFile(file);
  if (typeof text !== 'string') return `${file} ${text.problem}`;
  const changes = parseChanges(text);
  if (typeof changes === 'string') return `${file} isn't a document of tozo ci changes: ${changes}`;
  if (changes.commit !== commit) return `${file} is for the commit ${changes.commit.slice(0, 8)}`;
  const found = Object.hasOwn(changes.apps, app) ? changes.apps[app] : undefined;
  return found ?? `${file} doesn't mention ${app}`;
}

async function readSmallFile(file: string): Promise<string | { readonly problem: string }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) return { problem: "isn't a regular file" };
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let bytes = -1; bytes !== 0 && length < buffer.length; length += bytes)
      ({ bytesRead: bytes } = await handle.read(buffer, length, buffer.length - length, length));
    return length > maxBytes ? { problem: 'is larger than 1 MiB' } : buffer.toString('utf8', 0, length);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { problem: "doesn't exist" };
    if (code === 'ELOOP') return { problem: 'is a link' };
    return { problem: `can't be read (${code ?? (error as Error).message})` };
  } finally {
    await handle?.close();
  }
}
