import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly text: string;
  readonly remedy?: string;
}

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('with nothing set up it names what is missing, in order, each with a line to copy, and starts nothing', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tozo-doctor-'));
  const dir = join(root, 'sandbox');
  const env = cleanEnvironment({ XDG_STATE_HOME: join(root, 'state'), TOZO_SANDBOX_DIR: dir });
  const { code, lastLine, stdout } = await runTozo(['doctor'], { cwd: root, env });
  expect([code, lastLine]).toEqual([1, 'TO FIX: deploy.json, Dockerfile, HEROKU_API_KEY']);
  expect(stdout.match(/^ +\$ .*$/gm)?.map((line) => line.trim().slice(0, 24))).toEqual([
    '$ git init && git add -A',
    `$ echo '{"processes": {"`,
    "$ printf '%s\\n' 'FROM no",
    '$ export HEROKU_API_KEY=',
  ]);
  expect(await connectSandbox({ dir })).toBeUndefined();
  await rm(root, { recursive: true });
});

test('checks key, app and registry, and prints no secret', async () => {
  await using shop = await sandbox.newShop();
  await shop.edit('deploy.json', (content) =>
    content.replace(/}$/, ',"configVars":{"TOKEN":{"fromEnv":"SHOP_TOKEN"}}}'),
  );
  const services = await sandbox.connect();
  const { urls, apiKey } = services;
  const doctor = async (more: NodeJS.ProcessEnv) => {
    const state = join(sandbox.state, 'state');
    const to = { HEROKU_API_URL: urls.heroku, HEROKU_REGISTRY_URL: urls.registry, HEROKU_APP: shop.name };
    const env = cleanEnvironment({ XDG_STATE_HOME: state, HEROKU_API_KEY: apiKey, ...to, ...more });
    const { code, stdout, stderr } = await runTozo(['doctor', '--json'], { cwd: shop.directory, env });
    expect(stdout + stderr).not.toContain(apiKey);
    const { checks } = JSON.parse(stdout) as { checks: Finding[] };
    const problems = checks.filter(({ state: found }) => found === 'problem');
    return { code, stdout, remedies: problems.map(({ name, remedy }) => `${name}: ${remedy}`) };
  };
  expect(await doctor({})).toMatchObject({
    code: 1,
    remedies: ["variables: export SHOP_TOKEN='…'", `app: heroku create ${shop.name} --stack container`],
  });
  await services.ensureApp(shop.name);
  const well = await doctor({ SHOP_TOKEN: 'a-secret-for-the-shop' });
  expect(well).toMatchObject({ code: 0, remedies: [] });
  expect(well.stdout).not.toContain('a-secret-for-the-shop');
  const wrongKey = await doctor({ SHOP_TOKEN: 'x', HEROKU_API_KEY: 'wrong-key' });
  expect(wrongKey).toMatchObject({
    code: 1,
    remedies: [expect.stringMatching(/^HEROKU_API_KEY: export HEROKU_API_KEY=/)],
  });
});

test('for the sandbox it needs no key', async () => {
  await using shop = await sandbox.newShop();
  const { code, lastLine } = await shop.tozo('doctor', '--sandbox');
  expect([code, lastLine]).toEqual([0, 'ALL WELL']);
});

test('says what a deploy does about RUN where the key is: reused, or refused', async () => {
  await using shop = await sandbox.newShop();
  await shop.edit('Dockerfile', (content) => content.replace('CMD', 'RUN ["node", "--version"]\nCMD'));
  const connection = await sandbox.connect();
  await connection.ensureApp(shop.name);
  const { urls, apiKey } = connection;
  const to = { HEROKU_API_URL: urls.heroku, HEROKU_REGISTRY_URL: urls.registry, HEROKU_APP: shop.name };
  const env = cleanEnvironment({
    ...{ XDG_STATE_HOME: join(sandbox.state, 'state'), HEROKU_API_KEY: apiKey, CI: 'true', ...to },
    TOZO_DOCKER_HUB_MIRROR: urls.hub,
  });
  const doctor = await runTozo(['doctor', '--json'], { cwd: shop.directory, env });
  const { checks } = JSON.parse(doctor.stdout) as { checks: Finding[] };
  const refusal = checks.find(({ state }) => state === 'problem');
  expect(refusal).toMatchObject({ name: 'RUN', remedy: expect.stringContaining('tozo image') });
  const deploy = await runTozo(['deploy'], { cwd: shop.directory, env });
  expect([doctor.code, deploy.code, deploy.lastLine]).toEqual([1, 2, expect.stringContaining(refusal!.text)]);
});
