import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callHeroku } from '../src/testing/call-heroku.ts';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('rolls back to what ran before, names the config vars that change, and reads back what runs (faults 76, 100, 124, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const first = await shop.deploy();
  const [, v1] = /^LIVE v(\d+)/.exec(first.lastLine) ?? [];
  const [, image] = /image (\w{12})/.exec(first.stdout) ?? [];
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({ ...(JSON.parse(content) as object), configVars: { LOG_LEVEL: 'debug' } }),
  );
  const second = await shop.deploy();
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(await shop.visit()).toMatchObject({ greeting: 'good evening', level: 'debug' });

  const back = await shop.tozo('rollback', '--sandbox');
  expect(back.stdout).toContain(`All config vars return to their values of v${v1}.`);
  expect(back.stdout).toMatch(/LOG_LEVEL \(v\d+\)/);
  expect(back.stdout).toMatch(/verify +web 1\/1/);
  expect(back.stdout).not.toContain('judged by any response');
  expect(back.lastLine).toMatch(
    new RegExp(`^${shop.name} RUNS v\\d+ = v${v1}'s image ${image}, NOT v\\d+  \\(sandbox\\)$`),
  );
  expect(back.code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'hello' });
  expect(await shop.visit()).not.toHaveProperty('level');

  const [, v2] = /^LIVE v(\d+)/.exec(second.lastLine) ?? [];
  const kept = await shop.tozo('rollback', `v${v2}`, '--keep-config', '--sandbox', '--json');
  expect(kept.code).toBe(0);
  expect(JSON.parse(kept.stdout)).toMatchObject({ outcome: 'deployed', exitCode: 0, app: shop.name });
  expect(await shop.visit()).toMatchObject({ greeting: 'good evening' });
  expect(await shop.visit()).not.toHaveProperty('level');
}, 300_000);

test('a process type that was removed comes back with 0 dynos, and that is said each time', async () => {
  await using shop = await sandbox.newShop();
  const worker = JSON.stringify({ command: ['node', '-e', 'setInterval(() => {}, 1000)'], dynos: 1 });
  await shop.edit('deploy.json', (content) => content.replace('"web":', `"worker":${worker},"web":`));
  const [, first] = /^LIVE v(\d+)/.exec((await shop.deploy()).lastLine) ?? [];
  await shop.edit('deploy.json', (content) => content.replace(`"worker":${worker},`, ''));
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  expect((await shop.deploy()).code).toBe(0);

  const back = await shop.tozo('rollback', `v${first}`, '--sandbox');
  expect([back.code, back.lastLine]).toEqual([0, expect.stringContaining('; worker has 0 dynos')]);
  expect(back.stdout).toContain(`heroku ps:scale worker=1 -a ${shop.name}`);
  const again = await shop.tozo('rollback', `v${first}`, '--sandbox');
  const text = `: its images are v${first}'s, but worker has 0 dynos`;
  expect([again.code, again.lastLine]).toEqual([0, expect.stringContaining(text)]);
}, 300_000);

test('a deploy that only removed a process type can be rolled back (fault 106, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const worker = JSON.stringify({ command: ['node', '-e', 'setInterval(() => {}, 1000)'], dynos: 1 });
  await shop.edit('deploy.json', (content) => content.replace('"web":', `"worker":${worker},"web":`));
  const [, first] = /^LIVE v(\d+)/.exec((await shop.deploy()).lastLine) ?? [];
  await shop.edit('deploy.json', (content) => content.replace(`"worker":${worker},`, ''));
  expect((await shop.deploy()).code).toBe(0);

  const back = await shop.tozo('rollback', `v${first}`, '--sandbox');
  expect([back.code, back.lastLine]).toEqual([0, expect.stringMatching(/ RUNS v\d+ = .*; worker has 0 dynos/)]);
  const [command] = /heroku ps:scale worker=1 -a \S+/.exec(back.stdout) ?? [];
  expect(command).toBe(`heroku ps:scale worker=1 -a ${shop.name}`);
  const body = { updates: [{ type: 'worker', quantity: 1 }] };
  await callHeroku(await sandbox.connect(), 'PATCH', `/apps/${shop.name}/formation`, { body });
}, 300_000);

test('a version without a record is judged by any response below 500, not by the new deploy.json (fault 101, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const health = "response.writeHead(request.url === '/health' ? 200 : 404";
  await shop.edit('server.js', (content) => content.replace('response.writeHead(200', health));
  const [, v1] = /^LIVE v(\d+)/.exec((await shop.deploy()).lastLine) ?? [];
  await rm(join(sandbox.state, 'state', 'tozo', 'records'), { recursive: true });
  await shop.edit('deploy.json', (content) => content.replace('/health', '/new-path'));
  await shop.edit('server.js', (content) => content.replace("'/health'", "'/new-path'"));
  expect((await shop.deploy()).code).toBe(0);

  const back = await shop.tozo('rollback', '--sandbox');
  expect([back.code, back.lastLine]).toEqual([0, expect.stringMatching(` = v${v1}'s image`)]);
  expect(back.stdout).toContain('judged by any response below 500');
});

test('refuses what cannot be gone back to, and changes nothing', async () => {
  await using shop = await sandbox.newShop();
  const unknown = await shop.tozo('rollback', '--sandbox');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('tozo deploy --sandbox')]);
  const { lastLine } = await shop.deploy();
  const only = await shop.tozo('rollback', '--sandbox');
  expect([only.code, only.lastLine]).toEqual([
    1,
    expect.stringMatching(/^FAILED .*: nothing was rolled back: No release/),
  ]);
  const wrong = await shop.tozo('rollback', 'latest', '--sandbox');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('"latest" isn\'t a release')]);
  const [, version] = /^LIVE v(\d+)/.exec(lastLine) ?? [];
  const same = await shop.tozo('rollback', `v${version}`, '--sandbox');
  expect([same.code, same.lastLine]).toEqual([0, expect.stringMatching(`^UNCHANGED v${version}: it runs already`)]);
});
