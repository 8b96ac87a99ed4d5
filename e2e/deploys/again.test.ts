import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('after a failed release phase, --again releases the same files under a new image ID (faults 62, 114, deploy)', async () => {
  await using shop = await sandbox.newShop();
  await shop.edit('deploy.json', (content) =>
    content.replace('"processes":{', '"processes":{"release":{"command":["node","migrate.js"]},'),
  );
  await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js migrate.js ./'));
  const database = JSON.stringify(join(shop.directory, 'database'));
  await shop.write(
    'migrate.js',
    `import { existsSync } from 'node:fs';\nif (!existsSync(${database})) throw new Error('no database');\n`,
  );
  const failed = await shop.deploy();
  expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining('no database')]);

  await shop.write('database', '');
  const ignored = await shop.deploy();
  expect([ignored.code, ignored.stdout]).toEqual([1, expect.stringContaining('--again')]);

  const released = await shop.deploy('--again');
  expect([released.code, released.lastLine]).toEqual([0, expect.stringMatching(/^LIVE v/)]);
  expect(await shop.visit()).toMatchObject({ status: 200, greeting: 'hello' });
  expect((await shop.deploy()).lastLine).toMatch(/^UNCHANGED v/);
});
