import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { acquireLease } from './lease.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tozo-lease-'));
});

test('refuses a second deploy of the same app, and says which process runs the first (fault 82, deploy)', async () => {
  await using held = await acquireLease('shop', 'heroku', directory);
  await expect(acquireLease('shop', 'heroku', directory)).rejects.toMatchObject({
    code: 'DEPLOY_RUNNING',
    message: expect.stringMatching(new RegExp(`process ${process.pid}.*remove ${held.file}`, 's')),
  });
});

test('allows other apps, and the same name on another target', async () => {
  await using first = await acquireLease('shop', 'heroku', directory);
  await using second = await acquireLease('shop', 'sandbox', directory);
  await using third = await acquireLease('till', 'heroku', directory);
  expect(new Set([first.file, second.file, third.file]).size).toBe(3);
});

test('allows the next deploy afterwards', async () => {
  {
    await using _lease = await acquireLease('shop', 'heroku', directory);
  }
  await using again = await acquireLease('shop', 'heroku', directory);
  expect(again.file).toContain('shop');
});

test('takes over the lease of a killed process (fault 80, deploy)', async () => {
  const exited = spawn(process.execPath, ['-e', '']);
  await once(exited, 'exit');
  const { file } = await (async () => {
    await using lease = await acquireLease('shop', 'heroku', directory);
    return lease;
  })();
  await writeFile(file, JSON.stringify({ pid: exited.pid, since: new Date().toISOString() }));
  await using lease = await acquireLease('shop', 'heroku', directory);
  expect(lease.file).toBe(file);
});

test('takes over a half-written lease file', async () => {
  const { file } = await (async () => {
    await using lease = await acquireLease('shop', 'heroku', directory);
    return lease;
  })();
  await writeFile(file, '{"pid": 12');
  await using lease = await acquireLease('shop', 'heroku', directory);
  expect(lease.file).toBe(file);
});
