import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';
import { openDocumentCache } from './document-cache.ts';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'documents-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('an image that was read before costs one request: for what its tag points to', async () => {
  const cacheDirectory = await temporaryDirectory();
  await using registry = await startRegistry();
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  await using first = impatientClient({ cacheDirectory });
  await first.push(imageFrom(layerOf('one')), reference);
  const image = await first.getImage(reference);

  await using second = impatientClient({ cacheDirectory });
  const before = registry.calls.length;
  expect(await second.getImage(reference)).toEqual(image);
  expect(registry.calls.slice(before).map(({ what }) => what)).toEqual(['GET manifest']);
});

test('a damaged, unreadable or unwritable file counts as missing', async () => {
  const directory = await temporaryDirectory();
  const cache = openDocumentCache(directory);
  const digest = digestOf('content');
  expect(await cache.read(digest)).toBeUndefined();
  await cache.write(digest, Buffer.from('content'));
  expect((await cache.read(digest))?.toString()).toBe('content');
  await writeFile(join(directory, 'documents', digest.replace(':', '-')), 'conten');
  expect(await cache.read(digest)).toBeUndefined();

  const file = join(directory, 'file');
  execFileSync('touch', [file]);
  const broken = openDocumentCache(file);
  await broken.write(digest, Buffer.from('content'));
  expect(await broken.read(digest)).toBeUndefined();
});

test('keeps 200 documents', async () => {
  const directory = await temporaryDirectory();
  const cache = openDocumentCache(directory);
  for (let index = 0; index < 205; index += 1) await cache.write(digestOf(`${index}`), Buffer.from(`${index}`));
  expect(await readdir(join(directory, 'documents'))).toHaveLength(200);
});
