import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TemporaryFiles } from '../../files/temporary-files.ts';
import { createDirectory } from '../../testing/directory.ts';
import { RememberedOwners } from './owners.ts';
import { UnpackedRoot } from './root-filesystem.ts';

const secret = { name: 'the build secret npmrc', value: 'a token\nin two lines' };

async function record(write: (root: string) => void) {
  await using directory = await createDirectory({});
  const files = new TemporaryFiles();
  const root = new UnpackedRoot({
    ...{ directory: join(directory.path, 'root'), files, epoch: 0 },
    owners: new RememberedOwners(),
  });
  try {
    await root.start();
    write(root.directory);
    return await root.record({ secrets: [secret] });
  } finally {
    await files.close();
  }
}

test.each<[what: string, path: string, write: (root: string) => void]>([
  ['a file', '/.npmrc', (root) => writeFileSync(join(root, '.npmrc'), `x ${secret.value} x`)],
  [
    'a file, across the pieces in which it is read',
    '/large',
    (root) => writeFileSync(join(root, 'large'), `${'x'.repeat(1024 * 1024 - 5)}${secret.value}`),
  ],
  ['the target of a link', '/link', (root) => symlinkSync(secret.value, join(root, 'link'))],
])('finds a secret in %s of the layer that it records', async (_, path, write) => {
  expect((await record(write)).secret).toEqual({ path, secret });
});

test('finds no secret in a layer that has only a part of it', async () => {
  const write = (root: string) => writeFileSync(join(root, 'part'), secret.value.slice(1));
  expect((await record(write)).secret).toBeUndefined();
});
