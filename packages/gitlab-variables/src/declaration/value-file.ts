import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GitlabVariablesError } from '../variable/errors.ts';

const maxFileBytes = 1024 * 1024;

/**
 * Reads a regular file of at most 1 MiB, and nothing that could block, such as a pipe.
 * @param purpose what the file is for, in errors
 * @throws GitlabVariablesError FILE_INVALID
 */
export async function readSmallFile(file: string, directory: string, purpose: string): Promise<Buffer> {
  const fail = (problem: string, cause?: unknown): GitlabVariablesError =>
    new GitlabVariablesError('FILE_INVALID', `Can't read ${file}${purpose}: ${problem}.`, { cause });
  const handle = await open(resolve(directory, file), constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw fail((cause as Error).message, cause);
    },
  );
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw fail("it isn't a regular file");
    if (stat.size > maxFileBytes) throw fail(`it is larger than ${maxFileBytes / 1024 ** 2} MiB`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Returns a file's text. @throws GitlabVariablesError FILE_INVALID, also for a file that isn't UTF-8 */
export async function readValueFile(file: string, directory: string, name: string): Promise<string> {
  const content = await readSmallFile(file, directory, `, the value of ${name}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new GitlabVariablesError(
      'FILE_INVALID',
      `${file}, the value of ${name}, isn't UTF-8 text: encode it in base64.`,
    );
  }
}
