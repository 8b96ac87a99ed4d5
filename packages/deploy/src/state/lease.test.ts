import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { acquireLease } from './lease.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tozo-lease-'));
});

test('a second deploy of the same app is refused, and told who is at work (fault 82)', async () => {
  await using held = await acquireLease('shop', 'heroku', folder);
  await expect(acquireLease('shop', 'heroku', folder)).rejects.toMatchObject({
    code: 'DEPLOY_RUNNING',
    message: expect.stringMatching(new RegExp(`process ${process.pid}.*remove ${held.file}`, 's')),
  });
});

test('another app, or the same name elsewhere, is free', async () => {
  await using first = await acquireLease('shop', 'heroku', folder);
  await using second = await acquireLease('shop', 'sandbox', folder);
  await using third = await acquireLease('till', 'heroku', folder);
  expect(new Set([first.file, second.file, third.file]).size).toBe(3);
});

test('it is free again afterwards', async () => {
  {
    await using _lease = await acquireLease('shop', 'heroku', folder);
  }
  await using again = await acquireLease('shop', 'heroku', folder);
  expect(again.file).toContain('shop');
});

test('the lease of a process that was killed is taken over (fault 80)', async () => {
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  const { file } = await (async () => {
    await using lease = await acquireLease('shop', 'heroku', folder);
    return lease;
  })();
  await writeFile(file, JSON.stringify({ pid: gone.pid, since: new Date().toISOString() }));
  await using lease = await acquireLease('shop', 'heroku', folder);
  expect(lease.file).toBe(file);
});

test('a lease file that was cut off while it was written is taken over', async () => {
  const { file } = await (async () => {
    await using lease = await acquireLease('shop', 'heroku', folder);
    return lease;
  })();
  await writeFile(file, '{"pid": 12');
  await using lease = await acquireLease('shop', 'heroku', folder);
  expect(lease.file).toBe(file);
});
