import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeChanges } from './write-changes.ts';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tozo-init-'));
  onTestFinished(() => rm(path, { recursive: true }));
  await writeFile(join(path, 'package.json'), 'before');
  return path;
}
const change = { path: 'package.json', before: 'before', after: 'after' };

test('writes new files and changes', async () => {
  const root = await directory();
  await writeChanges(root, [change, { path: 'apps/shop/deploy.json', after: '{}' }]);
  expect(await readFile(join(root, 'apps/shop/deploy.json'), 'utf8')).toBe('{}');
  expect(await readFile(join(root, 'package.json'), 'utf8')).toBe('after');
});

test.each<[string, { path: string; before?: string; after: string }, RegExp]>([
  [
    'a file that appeared',
    { path: 'here', after: '' },
    /^here can't be written: it exists now: run this again\. Nothing was written\./,
  ],
  ['a file that was changed', { path: 'here', before: 'other', after: '' }, /^here was changed in the meantime/],
  ['a directory in the way', { path: 'here/deploy.json', after: '' }, /^here\/deploy\.json can't be written/],
])('%s undoes everything', async (_, failing, message) => {
  const root = await directory();
  await writeFile(join(root, 'here'), 'mine');
  await expect(writeChanges(root, [change, { path: 'apps/shop/Dockerfile', after: '' }, failing])).rejects.toThrow(
    message,
  );
  expect(await readFile(join(root, 'package.json'), 'utf8')).toBe('before');
  expect(await readFile(join(root, 'here'), 'utf8')).toBe('mine');
  expect((await readdir(root)).toSorted()).toEqual(['here', 'package.json']);
});

test('so does what completes it', async () => {
  const root = await directory();
  await mkdir(join(root, 'apps'));
  const failed = writeChanges(root, [change, { path: 'apps/deploy.json', after: '' }], () =>
    Promise.reject(new Error('no graph')),
  );
  await expect(failed).rejects.toThrow('no graph');
  expect(await readFile(join(root, 'package.json'), 'utf8')).toBe('before');
  expect(await readdir(join(root, 'apps'))).toEqual([]);
});
