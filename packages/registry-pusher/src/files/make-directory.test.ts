import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDirectory } from './make-directory.ts';

test('creates a directory and those above it for this user only, also several times at once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'registry-pusher-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const directory = join(root, 'a/b/c');
  await Promise.all(Array.from({ length: 8 }, () => makeDirectory(directory)));
  for (const path of ['a', 'a/b', 'a/b/c']) expect((await stat(join(root, path))).mode & 0o777).toBe(0o700);
  await makeDirectory(directory);
});

test('fails at once where no directory can be created', async () => {
  const root = await mkdtemp(join(tmpdir(), 'registry-pusher-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'file'), '');
  await expect(makeDirectory(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeDirectory(join(root, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeDirectory('/proc/registry-pusher/a/b')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});
