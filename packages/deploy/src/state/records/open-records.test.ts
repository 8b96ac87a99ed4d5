import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ImagePublisher } from '../../ports.ts';
import { memoryLabels } from '../../testing/memory-labels.ts';
import { recordOf } from '../../testing/records.ts';
import { type DeployRecords, openRecords } from './open-records.ts';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-records-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function recordsIn(directory: string, publisher?: ImagePublisher, types = ['worker', 'web']): DeployRecords {
  const registry = publisher ? { registry: { publisher, types } } : {};
  return openRecords({ app: 'shop', target: 'heroku', directory, ...registry });
}

test('finds what it stored, by release and by commit', async () => {
  const records = recordsIn(await temporaryDirectory());
  expect(await records.latest()).toBeUndefined();
  for (const release of [2, 10, 9]) expect(await records.write(recordOf(release))).toBeUndefined();
  expect(await records.latest()).toEqual(recordOf(10));
  expect(await records.find({ release: 9 })).toEqual(recordOf(9));
  expect(await records.find({ commit: recordOf(2).commit! })).toEqual(recordOf(2));
  expect(await records.find({ release: 3 })).toBeUndefined();
  expect((await records.list()).map(({ release }) => release)).toEqual([10, 9, 2]);
});

test('the latest record and a commit’s are those of successful deploys', async () => {
  const records = recordsIn(await temporaryDirectory());
  const { commit } = recordOf(1);
  await records.write(recordOf(1, { result: 'released' }));
  await records.write(recordOf(2, { commit, result: 'rolled-back' }));
  await records.write(recordOf(3, { commit, result: 'failed' }));
  expect(await records.latest()).toMatchObject({ release: 1 });
  expect(await records.find({ commit: commit! })).toMatchObject({ release: 1 });
  expect(await records.find({ release: 3 })).toMatchObject({ result: 'failed' });
});

test('a release of the same version in a re-created app isn’t the recorded one', async () => {
  const records = recordsIn(await temporaryDirectory());
  await records.write(recordOf(4));
  expect(await records.find({ release: 4, id: 'id-4' })).toEqual(recordOf(4));
  expect(await records.find({ release: 4, id: 'another' })).toBeUndefined();
});

test('another machine finds the records in the registry, under tags next to latest', async () => {
  const registry = memoryLabels();
  await recordsIn(await temporaryDirectory(), registry).write(recordOf(4));
  await recordsIn(await temporaryDirectory(), registry).write(recordOf(5));
  await recordsIn(await temporaryDirectory(), registry).write(recordOf(6, { result: 'failed' }));
  const { commit } = recordOf(4);
  expect([...registry.stored.keys()]).toEqual([
    'shop/web:tozo-record',
    `shop/web:tozo-${commit}`,
    `shop/web:tozo-${recordOf(5).commit}`,
  ]);
  const elsewhere = recordsIn(await temporaryDirectory(), registry);
  expect(await elsewhere.latest()).toEqual(recordOf(5));
  expect(await elsewhere.find({ release: 5 })).toEqual(recordOf(5));
  expect(await elsewhere.find({ release: 4 })).toBeUndefined();
  expect(await elsewhere.find({ commit: commit! })).toEqual(recordOf(4));
});

test('a record in the registry is newer than an older one here, and the other way round', async () => {
  const [registry, directory] = [memoryLabels(), await temporaryDirectory()];
  await recordsIn(directory).write(recordOf(4));
  await recordsIn(await temporaryDirectory(), registry).write(recordOf(5));
  expect(await recordsIn(directory, registry).latest()).toEqual(recordOf(5));
  await recordsIn(directory).write(recordOf(6));
  expect(await recordsIn(directory, registry).latest()).toEqual(recordOf(6));
});

test.each<[string, unknown]>([
  ['no JSON', '{"version": 1'],
  ['no text', 7],
  ['another app’s', JSON.stringify(recordOf(4, { app: 'till' }))],
  ['a later version’s', JSON.stringify({ ...recordOf(4), version: 2 })],
  ['without a digest', JSON.stringify(recordOf(4, { images: { web: 'sha256:short' } }))],
  [
    'with a process type that is none',
    JSON.stringify({ ...recordOf(4), images: { '../web': recordOf(4).images.web } }),
  ],
  ['larger than a record is', JSON.stringify(recordOf(4, { configVarNames: Array.from({ length: 9999 }, String) }))],
])('a record from the registry that is %s counts as none', async (_, record) => {
  const registry = memoryLabels();
  registry.stored.set('shop/web:tozo-record', { 'tozo.record': record as string });
  expect(await recordsIn(await temporaryDirectory(), registry).latest()).toBeUndefined();
});

test('ignores what a later version of tozo added to a record', async () => {
  const registry = memoryLabels();
  const record = { ...recordOf(4), added: true, health: { ...recordOf(4).health, added: true } };
  registry.stored.set('shop/web:tozo-record', { 'tozo.record': JSON.stringify(record) });
  expect(await recordsIn(await temporaryDirectory(), registry).latest()).toEqual(recordOf(4));
});

test('works without a registry that takes other tags, and without a state directory', async () => {
  const refusing: ImagePublisher = {
    ...memoryLabels(),
    readLabels: () => Promise.reject(new Error('denied')),
    publishLabels: () => Promise.reject(new Error('denied')),
  };
  const directory = await temporaryDirectory();
  const here = recordsIn(directory, refusing);
  expect(await here.write(recordOf(4))).toBeUndefined();
  expect(await here.latest()).toEqual(recordOf(4));

  const file = join(directory, 'file');
  await writeFile(file, '');
  const registry = memoryLabels();
  expect(await recordsIn(file, registry).write(recordOf(4))).toBeUndefined();
  expect(await recordsIn(file, registry).latest()).toEqual(recordOf(4));
  expect(await recordsIn(file, refusing).write(recordOf(4))).toMatch(/ENOTDIR|denied/);
  expect(await recordsIn(file, refusing).latest()).toBeUndefined();
});

test('ignores damaged files, files of others and a pipe', async () => {
  const directory = await temporaryDirectory();
  await recordsIn(directory).write(recordOf(4));
  const folder = join(directory, 'records', 'heroku', 'shop');
  await writeFile(join(folder, 'v5.json'), '{"version": 1, "app": "sh');
  await writeFile(join(folder, 'notes.txt'), 'v6');
  execFileSync('mkfifo', [join(folder, 'v6.json')]);
  expect(await recordsIn(directory).list()).toEqual([recordOf(4)]);
});

test('keeps the 50 newest records on this machine', async () => {
  const directory = await temporaryDirectory();
  const records = recordsIn(directory);
  for (let release = 1; release <= 53; release += 1) await records.write(recordOf(release));
  const files = await readdir(join(directory, 'records', 'heroku', 'shop'));
  expect(files).toHaveLength(50);
  expect(await records.find({ release: 3 })).toBeUndefined();
  expect(await records.find({ release: 4 })).toBeDefined();
});
