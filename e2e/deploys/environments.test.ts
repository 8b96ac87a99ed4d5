import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('an environment is deployed to its own app, with its own config vars', async () => {
  await using shop = await sandbox.newShop();
  const staging = `${shop.name}-stage`;
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({
      ...(JSON.parse(content) as object),
      configVars: { LOG_LEVEL: 'info' },
      environments: { staging: { app: staging, configVars: { LOG_LEVEL: 'debug' } } },
    }),
  );
  const { code, lastLine } = await shop.deploy('--environment', 'staging');
  expect(lastLine).toMatch(/^LIVE v\d+ .*\(staging, sandbox\)$/);
  expect(code).toBe(0);
  const { webUrl } = await (await sandbox.connect()).ensureApp(staging);
  expect(await (await fetch(webUrl)).json()).toMatchObject({ level: 'debug' });
});
