import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { acquireLease } from './lease.ts';
import { thisProcess } from './lease-holder.ts';

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

/** Returns the file of a released lease. */
async function releasedLease(): Promise<string> {
  await using lease = await acquireLease('shop', 'heroku', directory);
  return lease.file;
}

test('takes over the lease of a killed process (fault 80, deploy)', async () => {
  const exited = spawn(process.execPath, ['-e', '']);
  await once(exited, 'exit');
  const file = await releasedLease();
  await writeFile(file, JSON.stringify({ pid: exited.pid, since: new Date().toISOString() }));
  expect(await releasedLease()).not.toBe(file);
});

test('takes over the lease of a killed process whose parent still waits (fault 80, deploy)', async () => {
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const file = await releasedLease();
  await writeFile(file, JSON.stringify({ pid: Number(text), since: new Date().toISOString() }));
  await vi.waitFor(async () => expect(await releasedLease()).not.toBe(file), 30_000);
});

test.runIf(existsSync('/proc/self/stat'))('a later process with the same ID doesn’t hold the lease', async () => {
  const file = await releasedLease();
  const holder = { ...(await thisProcess()), started: 'another boot 12' };
  await writeFile(file, JSON.stringify(holder));
  await using _lease = await acquireLease('shop', 'heroku', directory);
  await expect(acquireLease('shop', 'heroku', directory)).rejects.toMatchObject({ code: 'DEPLOY_RUNNING' });
});

test('takes over a half-written lease file (fault 111, deploy)', async () => {
  const file = await releasedLease();
  await writeFile(file, '{"pid": 12');
  expect(await releasedLease()).not.toBe(file);
});

test('releasing a lease leaves one alone that took its place', async () => {
  const first = await acquireLease('shop', 'heroku', directory);
  await rm(first.file);
  await using second = await acquireLease('shop', 'heroku', directory);
  expect(second.file).toBe(first.file);
  await first[Symbol.asyncDispose]();
  await expect(acquireLease('shop', 'heroku', directory)).rejects.toMatchObject({ code: 'DEPLOY_RUNNING' });
});

test('leaves few files behind', async () => {
  for (let deploy = 0; deploy < 12; deploy += 1) await releasedLease();
  const leases = dirname(await releasedLease());
  await writeFile(join(leases, 'left-by-a-killed-process.tmp'), '');
  await releasedLease();
  expect((await readdir(leases)).length).toBeLessThanOrEqual(4);
});

test.each(['/proc/tozo-state', '/dev/null/tozo-state'])(
  'fails at once where no directory can be created, such as below %s (fault 111, deploy)',
  async (impossible) => {
    await expect(acquireLease('shop', 'heroku', impossible)).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringMatching(/shop.*(ENOENT|ENOTDIR|EACCES|EPERM).*Set XDG_STATE_HOME/s),
    });
  },
);
