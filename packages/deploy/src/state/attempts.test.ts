import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '@tozo/registry-pusher';
import { expect, onTestFinished, test } from 'vitest';
import { compileModule } from '../testing/compile-module.ts';
import { openAttempts } from './attempts.ts';

const images = { web: digestOf('image') };
const baseline = { version: 41, id: 'id-41' };

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-attempts-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('a killed deploy leaves behind which release ran before it (fault 80, deploy)', async () => {
  const directory = await temporaryDirectory();
  const attempts = openAttempts({ app: 'shop', target: 'heroku', directory });
  const module = await compileModule(fileURLToPath(new URL('attempts.ts', import.meta.url)));
  const script = `
    const { openAttempts } = await import(${JSON.stringify(module)});
    const attempts = openAttempts(${JSON.stringify({ app: 'shop', target: 'heroku', directory })});
    await attempts.begin(${JSON.stringify({ baseline, images })});
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect(await attempts.interrupted()).toMatchObject({ app: 'shop', baseline, images });
  await attempts.end();
  expect(await attempts.interrupted()).toBeUndefined();
});

test('a first deploy has no baseline', async () => {
  const attempts = openAttempts({ app: 'shop', target: 'heroku', directory: await temporaryDirectory() });
  await attempts.begin({ images });
  expect(await attempts.interrupted()).not.toHaveProperty('baseline');
});

test('apps and targets have their own attempts', async () => {
  const directory = await temporaryDirectory();
  await openAttempts({ app: 'shop', target: 'heroku', directory }).begin({ baseline, images });
  expect(await openAttempts({ app: 'till', target: 'heroku', directory }).interrupted()).toBeUndefined();
  expect(await openAttempts({ app: 'shop', target: 'sandbox', directory }).interrupted()).toBeUndefined();
});

test('never fails: without a place to write it says why, and a damaged file counts as none', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'file');
  await writeFile(file, '');
  const nowhere = openAttempts({ app: 'shop', target: 'heroku', directory: file });
  expect(await nowhere.begin({ baseline, images })).toContain('ENOTDIR');
  expect(await nowhere.interrupted()).toBeUndefined();
  await nowhere.end();

  const attempts = openAttempts({ app: 'shop', target: 'heroku', directory });
  await attempts.begin({ baseline, images });
  await writeFile(join(directory, 'attempts', 'heroku', 'shop.json'), '{"version": 1, "app":');
  expect(await attempts.interrupted()).toBeUndefined();
});
