import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type DeployableShop, type SandboxProcess } from './testing/sandbox-process.ts';

/* The main job as a newcomer sees it: no Docker, no account, and no sandbox before the first test. Each test has its own shop. */
let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('a dry run shows the plan and changes nothing', async () => {
  await using shop = await sandbox.newShop();
  const ran = await shop.deploy('--dry-run', '--format', 'ndjson');
  expect(ran.code).toBe(0);
  const events = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; plan?: { release: object } });
  expect(events.find(({ type }) => type === 'planned')?.plan?.release).toMatchObject({ needed: true });
  expect(await writesFor(shop)).toEqual([]);
});

test('the first deploy pushes and releases the app, and the new version responds', async () => {
  await using shop = await sandbox.newShop();
  const ran = await shop.deploy('--report', 'report.json');
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout.split('\n')[0]).toBe(`${shop.name} → sandbox`);
  expect(ran.stdout).toContain('stand-in base');
  expect(ran.stdout).toContain('web 1/1, version proven');
  expect(ran.lastLine).toMatch(/^LIVE v\d+ {2}http:\/\/127\.0\.0\.1:\d+\/ {2}\(sandbox\)$/);
  const report = JSON.parse(await readFile(join(shop.directory, 'report.json'), 'utf8')) as Record<string, unknown>;
  expect(report).toMatchObject({ outcome: 'deployed', target: 'sandbox', versionProven: true, standInBase: true });
  expect(await shop.visit()).toMatchObject({
    status: 200,
    greeting: 'hello',
    digest: expect.stringMatching(/^sha256:/),
  });
});

test('deploying the same files again uploads nothing, releases nothing and keeps the process', async () => {
  await using shop = await sandbox.runningShop();
  const [before, writes] = [await shop.visit(), await writesFor(shop)];
  const ran = await shop.deploy();
  expect(ran.code).toBe(0);
  expect(ran.lastLine).toMatch(
    /^UNCHANGED v\d+ {2}image [0-9a-f]{12}: 0 bytes sent, no release, no restart; healthy {2}\(sandbox\)$/,
  );
  expect(await writesFor(shop)).toEqual(writes);
  expect(await shop.visit()).toEqual(before);
});

test('a changed line sends only its layer, and the old version responds until the new one does', async () => {
  await using shop = await sandbox.runningShop();
  const before = await shop.visit();
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good day'"));
  const seen = new Set<string>();
  const visit = async () => {
    const { status, greeting } = await shop.visit();
    seen.add(`${status} ${greeting}`);
  };
  const running = shop.start('--report', 'report.json');
  let over = false;
  const watching = (async () => {
    while (!over) {
      await visit();
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await visit();
  })();
  const ran = await running.result;
  over = true;
  await watching;
  expect(ran.code).toBe(0);
  expect([...seen]).toEqual(['200 hello', '200 good day']);
  const report = JSON.parse(await readFile(join(shop.directory, 'report.json'), 'utf8')) as { sentBytes: number };
  expect(report.sentBytes).toBeLessThan(10_000);
  const after = await shop.visit();
  expect(after.digest).not.toBe(before.digest);
});

test('a version that crashes is rolled back with exit code 3, and the good one again is unchanged', async () => {
  await using shop = await sandbox.runningShop();
  const before = await shop.visit();
  const good = await readFile(join(shop.directory, 'server.js'), 'utf8');
  await shop.write('server.js', 'console.error("no database, no shop"); process.exit(1);\n');
  const crashed = await shop.deploy();
  expect(crashed.code).toBe(3);
  expect(crashed.stdout).toContain('no database, no shop');
  expect(crashed.lastLine).toMatch(
    /^shop-\w+ RUNS v\d+ = v\d+'s image \w{12}, NOT v\d+: web\.1 crashed {2}\(sandbox\)$/,
  );
  expect(await shop.visit()).toMatchObject({ status: 200, digest: before.digest, greeting: 'hello' });

  await shop.write('server.js', good);
  const again = await shop.deploy();
  expect(again.lastLine).toMatch(/^UNCHANGED /);
});

test('an app that listens but never becomes healthy is rolled back (fault 68, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  await shop.edit('server.js', (content) => content.replace('writeHead(200', 'writeHead(500'));
  await shop.edit('deploy.json', (content) => content.replace('"timeoutSeconds":60', '"timeoutSeconds":6'));
  const ran = await shop.deploy();
  expect(ran.code).toBe(3);
  expect(ran.lastLine).toContain('GET /health returned 500');
});

/** Returns the requests so far that could have changed the shop's app or its images. */
async function writesFor({ name }: DeployableShop): Promise<string[]> {
  const entries = await (await sandbox.connect()).journal();
  return entries
    .filter(({ path, method }) => path.includes(`/${name}/`) && method !== 'GET' && method !== 'HEAD')
    .map(({ method, path }) => `${method} ${path}`);
}
