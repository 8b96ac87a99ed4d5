import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Shop } from './testing/shop.ts';
import { createShopInSandbox, type ShopInSandbox } from './testing/shop-in-sandbox.ts';

/*
 * The main job as a newcomer sees it: no Docker, no account, one app deployed again and again. The tests stand in their
 * order; each goes on from where the one before left the app.
 */
let place: ShopInSandbox;
let shop: Shop;
beforeAll(async () => {
  place = await createShopInSandbox();
  ({ shop } = place);
});
afterAll(() => place[Symbol.asyncDispose]());

test('a dry run shows the plan and changes nothing', async () => {
  const ran = await place.deploy('--dry-run', '--json');
  expect(ran.code).toBe(0);
  const events = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; plan?: { release: object } });
  expect(events.find(({ type }) => type === 'planned')?.plan?.release).toMatchObject({ needed: true });
  expect(await uploaded()).toBe(0);
});

test('the first deploy: pushed, released, and the pushed bytes answer as the new version', async () => {
  const ran = await place.deploy('--report', 'report.json');
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout.split('\n')[0]).toBe('shop → sandbox');
  expect(ran.stdout).toContain('stand-in base');
  expect(ran.stdout).toContain('web 1/1, version proven');
  expect(ran.lastLine).toMatch(/^LIVE v\d+ {2}http:\/\/127\.0\.0\.1:\d+\/ {2}\(sandbox\)$/);
  const report = JSON.parse(await readFile(join(shop.folder, 'report.json'), 'utf8')) as Record<string, unknown>;
  expect(report).toMatchObject({ outcome: 'deployed', target: 'sandbox', versionProven: true, standInBase: true });
  expect(await place.visit()).toMatchObject({
    status: 200,
    greeting: 'hello',
    digest: expect.stringMatching(/^sha256:/),
  });
});

test('again: unchanged; nothing uploaded, nothing released, the same process', async () => {
  const before = await place.visit();
  const requests = (await (await place.sandbox()).journal()).length;
  const ran = await place.deploy();
  expect(ran.code).toBe(0);
  expect(ran.lastLine).toMatch(
    /^UNCHANGED v\d+ {2}image [0-9a-f]{12}: 0 bytes sent, no release, no restart; healthy {2}\(sandbox\)$/,
  );
  const since = (await (await place.sandbox()).journal()).slice(requests);
  expect(since.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  expect(await place.visit()).toEqual(before);
});

test('one line changed: only its layer is sent, and the old version answers until the new one does', async () => {
  const before = await place.visit();
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good day'"));
  const seen = new Set<string>();
  const running = place.start('--report', 'report.json');
  let over = false;
  const watching = (async () => {
    while (!over) {
      const { status, greeting } = await place.visit();
      seen.add(`${status} ${greeting}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  })();
  const ran = await running.ended;
  over = true;
  await watching;
  expect(ran.code).toBe(0);
  expect([...seen]).toEqual(['200 hello', '200 good day']);
  const report = JSON.parse(await readFile(join(shop.folder, 'report.json'), 'utf8')) as { sentBytes: number };
  expect(report.sentBytes).toBeLessThan(10_000);
  const after = await place.visit();
  expect(after.digest).not.toBe(before.digest);
});

test('a version that crashes at start: rolled back, exit code 3, said in the last line with its log above', async () => {
  const before = await place.visit();
  const good = await readFile(join(shop.folder, 'server.js'), 'utf8');
  await shop.write('server.js', 'console.error("no database, no shop"); process.exit(1);\n');
  const ran = await place.deploy();
  await shop.write('server.js', good);
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain('no database, no shop');
  expect(ran.lastLine).toMatch(/^PRODUCTION RUNS v\d+ = v\d+, NOT v\d+: web\.1 crashed {2}\(sandbox\)$/);
  expect(await place.visit()).toMatchObject({ status: 200, digest: before.digest, greeting: 'good day' });
});

test('the good version again after the rollback: unchanged', async () => {
  const ran = await place.deploy();
  expect(ran.lastLine).toMatch(/^UNCHANGED /);
});

test('an app that listens but never becomes healthy is rolled back too (fault 68)', async () => {
  const good = await readFile(join(shop.folder, 'server.js'), 'utf8');
  await shop.edit('server.js', (content) => content.replace('writeHead(200', 'writeHead(500'));
  await shop.edit('deploy.json', (content) => content.replace('"timeoutSeconds":60', '"timeoutSeconds":4'));
  const ran = await place.deploy();
  await shop.write('server.js', good);
  await shop.edit('deploy.json', (content) => content.replace('"timeoutSeconds":4', '"timeoutSeconds":60'));
  expect(ran.code).toBe(3);
  expect(ran.lastLine).toContain('GET /health returned 500');
});

async function uploaded(): Promise<number> {
  const entries = await (await place.sandbox()).journal();
  return entries.filter(({ service, method }) => service === 'registry' && method !== 'GET' && method !== 'HEAD')
    .length;
}
