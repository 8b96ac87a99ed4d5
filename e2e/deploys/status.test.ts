import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callHeroku } from '../src/testing/call-heroku.ts';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** Changes an app as a person with the Heroku CLI does. */
async function change(app: string, path: string, body: object): Promise<void> {
  await callHeroku(await sandbox.connect(), 'PATCH', `/apps/${app}/${path}`, { body });
}

test('shows what runs, its commit, and what others changed, by name (faults 101, 108, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: shop.directory,
    });
  await shop.edit('deploy.json', (content) =>
    content.replace('"web":{', '"web":{"dynos":1,').replace(/}$/, ',"configVars":{"LOG_LEVEL":"info"}}'),
  );
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-qm', 'first');
  const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
  const [, live] = /^LIVE v(\d+)/.exec((await shop.deploy()).lastLine) ?? [];
  await git('commit', '-qm', 'second', '--allow-empty');

  const fresh = await shop.tozo('status', '--sandbox', '--json');
  expect(JSON.parse(fresh.stdout)).toMatchObject({
    state: 'healthy',
    release: { version: Number(live), commit },
    deploy: { commit, result: 'verified' },
    health: { by: 'record', versionProven: true },
    processes: [{ type: 'web', expected: 1, up: 1 }],
    drift: [],
    distances: [{ ref: 'HEAD', behind: 1, behindHere: 0, ahead: 0 }],
  });

  await change(shop.name, 'formation', { updates: [{ type: 'web', quantity: 2, size: 'Standard-1X' }] });
  await change(shop.name, 'config-vars', { LOG_LEVEL: 'by-hand' });
  let { stdout, code } = await shop.tozo('status', '--history', '--sandbox');
  while (code === 4 || stdout.includes('which is starting')) {
    ({ stdout, code } = await shop.tozo('status', '--history', '--sandbox')); // the dynos restart
  }
  expect(stdout).toContain(`RUNS v${Number(live) + 1}: healthy`);
  expect(code).toBe(0);
  expect(stdout).toContain('web is set to 2 dynos and deploy.json says 1');
  expect(stdout).toContain('Config var LOG_LEVEL has another value than deploy.json declares');
  expect(stdout).not.toContain('by-hand');
  expect(stdout).toMatch(new RegExp(`v${Number(live) + 1} +runs .*Set LOG_LEVEL`));
  expect(stdout).toMatch(new RegExp(`v${live} +back .*commit ${commit.slice(0, 12)}`));
}, 120_000);

test('an unhealthy app exits with 4, one without dynos with 0 (fault 69, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const flag = join(sandbox.state, `${shop.name}-broken`);
  await shop.edit('server.js', (content) =>
    content
      .replace("'node:http';", "'node:http';\nimport { existsSync } from 'node:fs';")
      .replace('response.writeHead(200', `response.writeHead(existsSync('${flag}') ? 500 : 200`),
  );
  await shop.deploy();
  await promisify(execFile)('touch', [flag]);
  const broken = await shop.tozo('status', '--sandbox');
  expect([broken.code, broken.lastLine]).toEqual([
    4,
    expect.stringMatching(/RUNS v\d+, WHICH IS UNHEALTHY: GET \/health returned 500/),
  ]);
  await change(shop.name, 'formation', { updates: [{ type: 'web', quantity: 0 }] });
  const stopped = await shop.tozo('status', '--sandbox');
  expect([stopped.code, stopped.lastLine]).toEqual([0, expect.stringContaining('no dyno is set to run')]);
});

test('what cannot be read is an error, not a state', async () => {
  await using shop = await sandbox.newShop();
  const absent = await shop.tozo('status', '--sandbox');
  expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('tozo deploy --sandbox')]);
  const { urls } = await sandbox.connect();
  const env = cleanEnvironment({ HEROKU_API_KEY: 'wrong-key', HEROKU_API_URL: urls.heroku, HEROKU_APP: shop.name });
  const refused = await runTozo(['status', '--json'], { cwd: shop.directory, env });
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
});
