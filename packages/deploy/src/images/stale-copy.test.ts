import { mkdir, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findStaleCopy, staleCopyWarning } from './stale-copy.ts';

/** Writes files that are a minute older than those written later. */
async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-stale-'));
  for (const path of ['out/image/packages', 'out/image/libraries'])
    await mkdir(join(directory, path), { recursive: true });
  const before = new Date(Date.now() - 60_000);
  for (const [path, text] of Object.entries({ 'out/image/app/package.json': '{}', ...files })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
    await utimes(join(directory, path), before, before);
  }
  return directory;
}

const copied = { 'src/server.js': 'one', 'out/image/app/src/server.js': 'one' };
const inImage = ['out/image/app/package.json', 'out/image/app/src/server.js'];

test('names a file that was edited since image-deps copied it', async () => {
  const directory = await project({ ...copied, 'package.json': '{"private": true}' });
  expect(await findStaleCopy(directory, inImage)).toBeUndefined();
  await writeFile(join(directory, 'src/server.js'), 'two');
  const found = await findStaleCopy(
    directory,
    inImage.map((path) => join(directory, path)),
  );
  expect(found).toEqual({ output: 'out/image', file: 'src/server.js' });
  expect(staleCopyWarning(found!)).toMatch(/^src\/server\.js was changed .* Run tozo image-deps again\.$/);
});

test('a file that was only touched, or that only the image has, is no reason', async () => {
  const directory = await project({ ...copied, 'out/image/app/written.js': 'x' });
  await writeFile(join(directory, 'src/server.js'), 'one');
  expect(await findStaleCopy(directory, [...inImage, 'out/image/app/written.js'])).toBeUndefined();
});

test('a directory named app that image-deps did not write is not compared', async () => {
  const directory = await project({ 'web/app/server.js': 'one', 'server.js': 'other' });
  expect(await findStaleCopy(directory, ['web/app/server.js'])).toBeUndefined();
});
