import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

/* Config vars, release phases, and deploys that are stopped or meet another one. Each test has its own running shop. */
let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('config vars are set in one release before the image, and never printed', async () => {
  await using shop = await sandbox.runningShop();
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({ ...(JSON.parse(content) as object), configVars: { LOG_LEVEL: { fromEnv: 'SHOP_LEVEL' } } }),
  );
  await shop.write('.env.sandbox', 'SHOP_LEVEL=verbose-but-secret\n');
  const ran = await shop.deploy();
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('config   LOG_LEVEL');
  expect(ran.stdout + ran.stderr).not.toContain('verbose-but-secret');
  expect(await shop.visit()).toMatchObject({ level: 'verbose-but-secret' });
});

test('a failed release phase changes nothing for users, shows its output and exits with 1', async () => {
  await using shop = await sandbox.runningShop();
  const before = await shop.visit();
  await shop.edit('deploy.json', (content) =>
    content.replace('"processes":{', '"processes":{"release":{"command":["node","migrate.js"]},'),
  );
  await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js migrate.js ./'));
  await shop.write('migrate.js', 'console.log("migrating"); process.exit(7);\n');
  const failed = await shop.deploy();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('migrating');
  expect(failed.lastLine).toMatch(
    new RegExp(`^FAILED ${shop.name}: v\\d+ is still running: release v\\d+ of ${shop.name} ended as "failed"`),
  );
  expect(await shop.visit()).toEqual(before);

  await shop.write('migrate.js', 'console.log("migrated");\n');
  const fixed = await shop.deploy();
  expect(fixed.code).toBe(0);
  expect(fixed.stdout).toContain('migrated');
});

test('a stopped deploy leaves the old version running, and the next one completes', async () => {
  await using shop = await sandbox.runningShop();
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  const services = await sandbox.connect();
  const { id } = await services.addFault({
    on: { service: 'registry', method: 'PUT', path: `^/v2/${shop.name}/web/manifests/` },
    effect: { kind: 'stall' },
  });
  const running = shop.start();
  await expect.poll(() => services.faults(), { timeout: 30_000 }).toMatchObject([{ id, fired: 1 }]);
  running.child.kill('SIGTERM');
  const stopped = await running.result;
  expect(stopped.code).toBe(143);
  expect(stopped.lastLine).toMatch(new RegExp(`^CANCELLED ${shop.name}: nothing was released`));
  expect(await shop.visit()).toMatchObject({ status: 200, greeting: 'hello' });

  const again = await shop.deploy();
  expect(again.code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'good evening' });
});

test('a second deploy of the same app is refused and names the first one (fault 82, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const gate = join(sandbox.state, `${shop.name}-gate`);
  await shop.edit('server.js', (content) =>
    content
      .replace("'hello'", "'good night'")
      .replace("from 'node:http';", "from 'node:http';\nimport { existsSync } from 'node:fs';")
      .replace(
        'createServer((',
        `while (!existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 50));\ncreateServer((`,
      ),
  );
  const first = shop.start();
  await first.waitForOutput('build ');
  const second = await shop.deploy();
  expect(second.code).toBe(1);
  expect(second.lastLine).toContain(`Another deploy of ${shop.name} is in progress`);
  await writeFile(gate, '');
  expect((await first.result).code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'good night' });
});
