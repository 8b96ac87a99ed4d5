import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InitError } from './errors.ts';
import type { FileChange } from './files/file-change.ts';

/**
 * Writes all files, or none: what was written is undone if one fails. Calls `complete` before it's final, whose failure undoes
 * everything, too. Never replaces a file that isn't as the plan saw it.
 * @throws InitError WRITE_FAILED, or what `complete` throws
 */
export async function writeChanges(
  root: string,
  changes: readonly FileChange[],
  complete?: () => Promise<void>,
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const change of changes) await write(root, change, undo);
    await complete?.();
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    throw error;
  }
}

async function write(
  root: string,
  { path, before, after }: FileChange,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const file = join(root, path);
  try {
    const first = await mkdir(dirname(file), { recursive: true });
    if (first !== undefined) undo.push(() => removeEmpty(dirname(file), dirname(first)));
    if (before !== undefined && (await readFile(file, 'utf8')) !== before)
      throw new InitError(
        'WRITE_FAILED',
        `${path} was changed in the meantime, so nothing was written: run this again.`,
      );
    // The flag fails if a file has appeared, or a link that leads elsewhere.
    if (before === undefined) {
      await writeFile(file, after, { flag: 'wx' });
      undo.push(() => rm(file));
    } else {
      undo.push(() => writeFile(file, before));
      await writeFile(file, after);
    }
  } catch (error) {
    if (error instanceof InitError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? `no permission (${code}): check who owns ${dirname(file)}`
        : code === 'EEXIST'
          ? 'it exists now: run this again'
          : message;
    throw new InitError('WRITE_FAILED', `${path} can't be written: ${why}. Nothing was written.`, { cause: error });
  }
}

/** Removes directories that were created, from the inside out. */
async function removeEmpty(directory: string, end: string): Promise<void> {
  for (let at = directory; at !== end && at.startsWith(end); at = dirname(at)) await rmdir(at);
}
