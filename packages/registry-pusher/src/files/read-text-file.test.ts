import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createDirectory } from '../testing/directory.ts';
import { readTextFile } from './read-text-file.ts';

test('reads a text of 1 MiB', async () => {
  const text = 'ä'.repeat(512 * 1024);
  await using directory = await createDirectory({ file: text });
  expect(await readTextFile(directory.file('file'))).toBe(text);
});

test('refuses a pipe, with and without a writer, and a device', async () => {
  await using directory = await createDirectory({});
  execFileSync('mkfifo', [directory.file('pipe')]);
  for (const file of [directory.file('pipe'), '/dev/zero', '/dev/null'])
    await expect(readTextFile(file)).rejects.toMatchObject({
      code: 'FILE_REFUSED',
      message: `${file} is a pipe, a device or a socket. Replace it with a regular text file.`,
    });
});

test('refuses a file that is larger, and a directory', async () => {
  await using directory = await createDirectory({});
  await writeFile(directory.file('large'), Buffer.alloc(1024 * 1024 + 1));
  await mkdir(directory.file('directory'));
  await expect(readTextFile(directory.file('large'))).rejects.toThrow(/larger than 1 MiB/);
  await expect(readTextFile(directory.file('directory'))).rejects.toThrow(/is a directory/);
});

test('passes on why a file can’t be opened', async () => {
  await expect(readTextFile('/nonexistent/file')).rejects.toMatchObject({ code: 'ENOENT' });
});
