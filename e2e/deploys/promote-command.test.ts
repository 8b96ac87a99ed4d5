import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shortImageId } from '@tozo/deploy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type DeployableShop, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** Returns a shop with the environments staging and production. Values for its build exist only where it's built. */
async function newShop(): Promise<DeployableShop> {
  const shop = await sandbox.newShop();
  const environments = {
    staging: { app: `${shop.name}-test` },
    production: { app: `${shop.name}-live`, after: { environment: 'staging', within: '2h' } },
  };
  await shop.edit('deploy.json', (content) => JSON.stringify({ ...(JSON.parse(content) as object), environments }));
  return shop;
}

test('promotes what staging runs without a Dockerfile and without any file of the app', async () => {
  await using shop = await newShop();
  const staged = await shop.deploy('--environment', 'staging', '--json');
  const { imageId } = JSON.parse(staged.stdout) as { imageId: `sha256:${string}` };
  for (const file of ['Dockerfile', 'server.js', 'assets']) await rm(join(shop.directory, file), { recursive: true });

  const planned = await shop.promote('staging', 'production', '--dry-run');
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(/\n {2}from {5}staging \(shop-\w+-test\) v\d+, verified 20\d\d-.*Z\n/);
  expect(planned.stdout).toMatch(
    /\n {2}push .*\n {11}\d layers, .* of other repositories: reused, or sent if the registry can't mount them\n/,
  );
  expect(planned.stdout).toContain(`image    web  none → ${shortImageId(imageId)}`);

  const promoted = await shop.promote('staging', 'production', '--report', 'report.json');
  expect([promoted.code, promoted.lastLine]).toEqual([
    0,
    expect.stringMatching(/^LIVE v\d+ .* {2}\(production, sandbox\)$/),
  ]);
  expect(promoted.stdout).toMatch(/\n {2}images {3}staging v\d+ /);
  expect(promoted.stdout).toMatch(/\n {2}verify {3}web 1\/1, version proven /);
  expect(JSON.parse(await readFile(join(shop.directory, 'report.json'), 'utf8'))).toMatchObject({
    outcome: 'deployed',
    imageId,
    imagesFrom: { app: `${shop.name}-test`, environment: 'staging' },
  });
});

test('a deploy to an environment with "after" says what has to come first', async () => {
  await using shop = await newShop();
  const direct = await shop.deploy('--environment', 'production');
  expect([direct.code, direct.lastLine]).toEqual([
    1,
    expect.stringMatching(
      /^FAILED .*-live: nothing was released; .*: the app .*-test of staging doesn't exist\. Create it and deploy there first, .*\(production, sandbox\)$/,
    ),
  ]);
});

test.each([
  [['staging', 'live'], /^deploy\.json has no environment "live"\. Use staging or production\./],
  [['production', 'staging', '--bulider'], /unknown option '--bulider'/],
  [['staging'], /missing required argument 'to'/],
])('%j is refused with exit code 2, before anything is created', async (args, message) => {
  await using shop = await newShop();
  const requests = async () => (await (await sandbox.connect()).journal()).length;
  const before = await requests();
  const ran = await shop.promote(...(args as [string, string]));
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toMatch(message);
  expect(await requests()).toBe(before);
});
