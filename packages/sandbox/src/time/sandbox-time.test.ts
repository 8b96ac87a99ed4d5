import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { parseDuration, toMilliseconds } from './duration.ts';
import { StoredTime } from './sandbox-time.ts';

const dayMs = 86_400_000;

test('what is created is dated by the moved time, on each platform', async () => {
  await using sandbox = await startSandbox({ time: '2030-01-31T12:00:00Z' });
  await sandbox.createApp('shop');
  await sandbox.time.advance({ days: 31 });
  const heroku = new HerokuApi(sandbox);
  await heroku.request('PATCH', '/apps/shop/config-vars', { body: { LOG_LEVEL: 'debug' } });
  const { body: releases } = await heroku.get<{ created_at: string }[]>('/apps/shop/releases');
  expect(releases.map(({ created_at }) => created_at.slice(0, 10))).toEqual(['2030-01-31', '2030-01-31', '2030-03-03']);
  expect(await heroku.log('shop')).toMatch(/^2030-03-03T/);
  sandbox.recordJobDeployment({ environment: 'production', sha: 'a', status: 'running', jobId: 1, pipelineId: 1 });
  const { body: deployments } = await new GitlabApi(sandbox).request<{ created_at: string }[]>(
    'GET',
    '/projects/1/deployments',
  );
  expect(deployments[0]?.created_at).toContain('2030-03-03T12:');
});

test('no time is before the one that it was moved to', async () => {
  await using directory = await temporaryDirectory();
  const time = new StoredTime(directory.path);
  for (let second = 0; second < 200; second++) {
    const target = new Date(Date.UTC(2040, 0, 1, 0, 0, second));
    const moved = await time.moveTo(target.toISOString());
    expect(moved.getTime() - target.getTime()).toBeGreaterThanOrEqual(0);
  }
});

test('moves at the same time add up', async () => {
  await using directory = await temporaryDirectory();
  const time = new StoredTime(directory.path);
  time.clock.after(1_800_000, () => undefined);
  await Promise.all([time.advance({ hours: 1 }), time.advance({ hours: 1 }), time.advance({ hours: 1 })]);
  expect(time.clock.aheadMs).toBeGreaterThan(10_799_000);
});

test('a move that is killed in the middle leaves nothing dated after the stored time', async () => {
  await using directory = await temporaryDirectory();
  const time = new StoredTime(directory.path);
  let dated = 0;
  let afterKill: Date | undefined;
  time.clock.after(1_800_000, () => {
    dated = time.clock.now();
    afterKill = new StoredTime(directory.path).now();
  });
  await time.advance({ hours: 1 });
  expect(afterKill?.getTime()).toBeGreaterThanOrEqual(dated);
});

test('the requests of an hour are there again after an hour', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], requestsPerHour: 2 });
  const status = async () => (await new HerokuApi(sandbox).request('GET', '/apps/shop').catch(() => undefined))?.status;
  expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
  await sandbox.time.advance({ minutes: 30 });
  expect([await status(), await status()]).toEqual([200, 429]);
});

test('a log session ends after five minutes', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { body } = await new HerokuApi(sandbox).request('POST', '/apps/shop/log-sessions', { body: {} });
  const status = async () => (await fetch(String(body['logplex_url']))).status;
  await sandbox.time.advance({ minutes: 4, seconds: 50 });
  expect(await status()).toBe(200);
  await sandbox.time.advance({ seconds: 11 });
  expect(await status()).toBe(404);
});

test('a registry’s token ends', async () => {
  await using sandbox = await startSandbox({ services: ['hub'], hubTokens: true });
  const scope = 'repository:library/node:pull';
  const { token } = (await (await fetch(`${sandbox.urls.hub}/token?scope=${scope}`)).json()) as { token: string };
  const status = async () =>
    (
      await fetch(`${sandbox.urls.hub}/v2/library/node/manifests/unknown`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  expect(await status()).not.toBe(401);
  await sandbox.time.advance({ seconds: 301 });
  expect(await status()).toBe(401);
});

test('sandboxes in one process have their own times', async () => {
  await using one = await startSandbox({ services: ['heroku'] });
  await using other = await startSandbox({ services: ['heroku'] });
  await one.time.advance({ days: 1 });
  expect(one.time.now().getTime() - other.time.now().getTime()).toBeGreaterThan(dayMs - 60_000);
});

test('a moved time survives a restart, and a reset returns to the machine’s', async () => {
  await using directory = await temporaryDirectory();
  const options = { dir: directory.path, services: ['heroku'], time: '2030-01-31T12:00:00Z' } as const;
  {
    await using sandbox = await startSandbox(options);
    await sandbox.time.advance({ days: 1 });
  }
  await using sandbox = await startSandbox(options);
  expect(sandbox.time.now().toISOString()).toContain('2030-02-01T12:0');
  await sandbox.reset();
  expect(Math.abs(sandbox.time.now().getTime() - Date.now())).toBeLessThan(60_000);
});

test('a damaged time in the state directory is reported', async () => {
  await using directory = await temporaryDirectory();
  {
    await using sandbox = await startSandbox({ dir: directory.path, services: ['heroku'] });
    await sandbox.time.advance({ days: 1 });
  }
  writeFileSync(join(directory.path, 'time.json'), '{"aheadMs":"1"}');
  await expect(startSandbox({ dir: directory.path })).rejects.toThrow("time.json: STATE_CORRUPT: aheadMs isn't");
});

test('time never moves back', async () => {
  await using sandbox = await startSandbox({ services: ['heroku'] });
  const before = sandbox.time.now().getTime();
  await expect(sandbox.time.advance({ minutes: -5 })).rejects.toThrow(
    'time: OPTION_INVALID: -5 minutes would go back, and time only moves forward.',
  );
  await expect(sandbox.time.moveTo('2020-01-01T00:00:00Z')).rejects.toThrow(
    /^time: OPTION_INVALID: 2020-01-01T00:00:00Z is before the sandbox's \S+, and time only moves forward\.$/,
  );
  await expect(startSandbox({ time: '2020-01-01T00:00:00Z' })).rejects.toThrow('time only moves forward');
  expect(sandbox.time.now().getTime() - before).toBeLessThan(60_000);
});

test('wrong times and durations are refused', async () => {
  await using sandbox = await startSandbox({ services: ['heroku'] });
  await expect(sandbox.time.moveTo('tomorrow')).rejects.toThrow('use the form 2027-01-31T12:00:00Z');
  await expect(sandbox.time.advance({ weeks: 1 } as object)).rejects.toThrow('weeks is unknown: use days, hours');
  await expect(sandbox.time.advance({ days: NaN })).rejects.toThrow('days must be a number');
  await expect(sandbox.time.advance({ days: 1e9 })).rejects.toThrow('at most 100 years');
  expect(() => parseDuration('-5m')).toThrow('time only moves forward');
  for (const text of ['+5', '5m', '31d']) {
    expect(() => parseDuration(text)).toThrow(`${text} isn't a duration: use +90s, +30m, +1h30m or +31d`);
  }
  expect(toMilliseconds(parseDuration('+1h30m'))).toBe(5_400_000);
  expect(toMilliseconds(parseDuration('+31d'))).toBe(31 * dayMs);
});
