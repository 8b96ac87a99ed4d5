import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Shop } from './testing/shop.ts';
import { createShopInSandbox, type ShopInSandbox } from './testing/shop-in-sandbox.ts';

/*
 * An app that runs, and what is deployed beside its image: config vars, a release phase; and deploys that are stopped or
 * meet another. The tests stand in their order; each goes on from where the one before left the app.
 */
let place: ShopInSandbox;
let shop: Shop;
beforeAll(async () => {
  place = await createShopInSandbox();
  ({ shop } = place);
  expect(await place.deploy()).toMatchObject({ code: 0 });
});
afterAll(() => place[Symbol.asyncDispose]());

test('config vars: set in one release before the image, and never printed', async () => {
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({ ...(JSON.parse(content) as object), configVars: { LOG_LEVEL: { fromEnv: 'SHOP_LEVEL' } } }),
  );
  await shop.write('.env.sandbox', 'SHOP_LEVEL=verbose-but-secret\n');
  const ran = await place.deploy();
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('config   LOG_LEVEL');
  expect(ran.stdout + ran.stderr).not.toContain('verbose-but-secret');
  expect(await place.visit()).toMatchObject({ level: 'verbose-but-secret' });
});

test('a release phase that fails: nothing changes for users, its output is shown, exit code 1', async () => {
  const before = await place.visit();
  await shop.edit('deploy.json', (content) =>
    content.replace('"processes":{', '"processes":{"release":{"command":["node","migrate.js"]},'),
  );
  await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js migrate.js ./'));
  await shop.write('migrate.js', 'console.log("migrating"); process.exit(7);\n');
  const failed = await place.deploy();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('migrating');
  expect(failed.lastLine).toMatch(/^FAILED shop: v\d+ still runs: release v\d+ of shop ended as "failed"/);
  expect(await place.visit()).toEqual(before);
  await shop.write('migrate.js', 'console.log("migrated");\n');
  const mended = await place.deploy();
  expect(mended.code).toBe(0);
  expect(mended.stdout).toContain('migrated');
});

test('stopped in the middle: the old version still answers, and the next run converges', async () => {
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  const running = place.start();
  await running.printed('build ');
  running.child.kill('SIGTERM');
  const stopped = await running.ended;
  expect(stopped.code).toBe(143);
  expect(stopped.lastLine).toMatch(/^CANCELLED shop: nothing was released/);
  expect(await place.visit()).toMatchObject({ status: 200, greeting: 'hello' });
  const again = await place.deploy();
  expect(again.code).toBe(0);
  expect(await place.visit()).toMatchObject({ greeting: 'good evening' });
});

test('two deploys of one app at once: the second is refused and told who is at work (fault 82)', async () => {
  const gate = join(place.state, 'gate');
  await shop.edit('server.js', (content) =>
    content
      .replace("'good evening'", "'good night'")
      .replace("from 'node:http';", "from 'node:http';\nimport { existsSync } from 'node:fs';")
      .replace(
        'createServer((',
        `while (!existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 50));\ncreateServer((`,
      ),
  );
  const first = place.start();
  await first.printed('build ');
  const second = await place.deploy();
  expect(second.code).toBe(1);
  expect(second.lastLine).toContain('Another deploy of shop is in progress');
  await writeFile(gate, '');
  expect((await first.ended).code).toBe(0);
  expect(await place.visit()).toMatchObject({ greeting: 'good night' });
});
