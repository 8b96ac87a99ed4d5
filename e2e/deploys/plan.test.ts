import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type DeployableShop, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const planFile = 'plan.json';

test('a saved plan is carried out once, and no longer applies after that', async () => {
  await using shop = await sandbox.newShop();
  const planned = await shop.plan('--out', planFile);
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(/ {2}image {4}web {2}none → [0-9a-f]{12} {2}1 dyno\n/);
  expect(planned.stdout).toContain('  failing  stays as it is: there is no earlier version to go back to\n');
  expect(planned.lastLine).toMatch(/^PLAN shop-/);

  const live = await shop.deploy('--plan', planFile);
  expect([live.code, live.lastLine]).toEqual([0, expect.stringMatching(/^LIVE v\d+/)]);

  const outdated = await shop.deploy('--plan', planFile);
  expect([outdated.code, outdated.lastLine]).toEqual([
    1,
    expect.stringMatching(/no longer applies: .*the newest release is v\d+ \("Deployed web \([0-9a-f]{12}\)"\)/),
  ]);
});

test('a saved plan no longer applies to other files, and nothing is pushed', async () => {
  await using shop = await sandbox.runningShop();
  expect((await shop.plan('--out', planFile)).code).toBe(0);
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good night'"));
  const refused = await shop.deploy('--plan', planFile);
  expect([refused.code, refused.lastLine]).toEqual([1, expect.stringContaining('the image of web is sha256:')]);
  expect(await shop.visit()).toMatchObject({ greeting: 'hello' });
});

test.each([
  ['edited by hand', (text: string) => text.replace('"auto"', '"never"'), /was changed after tozo/],
  ['of another version', (text: string) => text.replace('"version": 1', '"version": 2'), /reads version 1/],
  ['of another tool', () => '{"name": "shop"}', /isn't a plan that tozo wrote/],
])('a plan file %s ends with exit code 2', async (_what, change, message) => {
  await using shop = await sandbox.newShop();
  expect((await shop.plan('--out', planFile)).code).toBe(0);
  await shop.write(planFile, change(await readFile(join(shop.directory, planFile), 'utf8')));
  const refused = await shop.deploy('--plan', planFile);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(message)]);
});

test('a plan file of another app ends with exit code 2 and names both', async () => {
  await using shop = await sandbox.newShop();
  await using other = await sandbox.newShop();
  expect((await shop.plan('--out', planFile)).code).toBe(0);
  const refused = await other.deploy('--plan', join(shop.directory, planFile));
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining(
      `The plan is for ${shop.name} in the sandbox, and this deploy for ${other.name} in the sandbox`,
    ),
  ]);
});

test('a plan contains no value of a config var, and is one JSON document with --json', async () => {
  await using shop: DeployableShop = await sandbox.newShop();
  await shop.edit('deploy.json', (content) =>
    content.replace('{"processes"', '{"configVars":{"TOKEN":{"fromEnv":"SHOP_TOKEN"}},"processes"'),
  );
  await shop.write('.env.sandbox', 'SHOP_TOKEN=a-value-that-nobody-sees\n');
  const planned = await shop.plan('--json', '--out', planFile);
  expect(planned.code).toBe(0);
  expect(JSON.parse(planned.stdout)).toMatchObject({ outcome: 'planned', plan: { configVars: { set: ['TOKEN'] } } });
  const text = await readFile(join(shop.directory, planFile), 'utf8');
  expect(text).toContain('"TOKEN"');
  expect(text + planned.stdout + planned.stderr).not.toContain('a-value-that-nobody-sees');
});
