import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listAppFiles } from './fill.ts';

test.each([
  ['src/a.js', /dist doesn't exist or has no files: build the app first\. If it's built, the build writes another dir/],
  [
    'build/a.js',
    /dist doesn't exist or has no files: build the app first\. If it's built, the build wrote build instead/,
  ],
])('a directory that the build did not write is named, with the one that it wrote: %s', async (file, message) => {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-fill-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, file, '..'));
  await writeFile(join(directory, file), '');
  await expect(listAppFiles(directory, ['dist', 'src'], join(directory, 'out'))).rejects.toThrow(message);
});
