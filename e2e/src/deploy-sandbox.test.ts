import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox, type SandboxConnection } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createShop, type Shop } from './testing/shop.ts';
import { cleanEnvironment, type Ran, runTozo, startTozo } from './testing/tozo.ts';

/*
 * The main job as a newcomer sees it: no Docker, no account, one app deployed again and again. The tests stand in their
 * order; each goes on from where the one before left the app.
 */
let state: string;
let shop: Shop;
let env: NodeJS.ProcessEnv;
let sandbox: SandboxConnection;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'tozo-e2e-state-'));
  env = cleanEnvironment({
    TOZO_SANDBOX_DIR: join(state, 'sandbox'),
    XDG_STATE_HOME: join(state, 'state'),
    XDG_CACHE_HOME: join(state, 'cache'),
  });
  shop = await createShop();
});
afterAll(async () => {
  await sandbox?.stop();
  await shop[Symbol.asyncDispose]();
  await rm(state, { recursive: true, force: true });
});

const deploy = (...args: string[]): Promise<Ran> =>
  runTozo(['deploy', '--sandbox', ...args], { cwd: shop.folder, env });

async function ask(): Promise<{
  status: number;
  digest: string | null;
  greeting?: string;
  pid?: number;
  level?: string;
}> {
  const answer = await fetch((await sandbox.ensureApp('shop')).webUrl);
  const body = answer.ok ? ((await answer.json()) as object) : {};
  return { status: answer.status, digest: answer.headers.get('x-source-digest'), ...body };
}

test('a dry run shows the plan and changes nothing', async () => {
  const ran = await deploy('--dry-run', '--json');
  expect(ran.code).toBe(0);
  const events = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; plan?: { release: object } });
  expect(events.find(({ type }) => type === 'planned')?.plan?.release).toMatchObject({ needed: true });
  sandbox = (await connectSandbox({ dir: env['TOZO_SANDBOX_DIR']! }))!;
  expect(await uploaded()).toBe(0);
});

test('the first deploy: pushed, released, and the pushed bytes answer as the new version', async () => {
  const ran = await deploy('--report', 'report.json');
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout.split('\n')[0]).toBe('shop → sandbox');
  expect(ran.stdout).toContain('stand-in base');
  expect(ran.stdout).toContain('web 1/1, version proven');
  expect(ran.lastLine).toMatch(/^LIVE v\d+ {2}http:\/\/127\.0\.0\.1:\d+\/ {2}\(sandbox\)$/);
  const report = JSON.parse(await readFile(join(shop.folder, 'report.json'), 'utf8')) as Record<string, unknown>;
  expect(report).toMatchObject({ outcome: 'deployed', target: 'sandbox', versionProven: true, standInBase: true });
  expect(await ask()).toMatchObject({ status: 200, greeting: 'hello', digest: expect.stringMatching(/^sha256:/) });
});

test('again: unchanged; nothing uploaded, nothing released, the same process', async () => {
  const before = await ask();
  const requests = (await sandbox.journal()).length;
  const ran = await deploy();
  expect(ran.code).toBe(0);
  expect(ran.lastLine).toMatch(
    /^UNCHANGED v\d+ {2}image [0-9a-f]{12}: 0 bytes sent, no release, no restart; healthy {2}\(sandbox\)$/,
  );
  const since = (await sandbox.journal()).slice(requests);
  expect(since.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  expect(await ask()).toEqual(before);
});

test('one line changed: only its layer is sent, and the old version answers until the new one does', async () => {
  const before = await ask();
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good day'"));
  const seen = new Set<string>();
  const running = startTozo(['deploy', '--sandbox', '--report', 'report.json'], { cwd: shop.folder, env });
  let over = false;
  const watching = (async () => {
    while (!over) {
      const { status, greeting } = await ask();
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
  const after = await ask();
  expect(after.digest).not.toBe(before.digest);
});

test('a version that crashes at start: rolled back, exit code 3, said in the last line with its log above', async () => {
  const before = await ask();
  const good = await readFile(join(shop.folder, 'server.js'), 'utf8');
  await shop.write('server.js', 'console.error("no database, no shop"); process.exit(1);\n');
  const ran = await deploy();
  await shop.write('server.js', good);
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain('no database, no shop');
  expect(ran.lastLine).toMatch(/^PRODUCTION RUNS v\d+ = v\d+, NOT v\d+: web\.1 crashed {2}\(sandbox\)$/);
  expect(await ask()).toMatchObject({ status: 200, digest: before.digest, greeting: 'good day' });
});

test('the good version again after the rollback: unchanged', async () => {
  const ran = await deploy();
  expect(ran.lastLine).toMatch(/^UNCHANGED /);
});

test('an app that listens but never becomes healthy is rolled back too (fault 68)', async () => {
  const good = await readFile(join(shop.folder, 'server.js'), 'utf8');
  await shop.edit('server.js', (content) => content.replace('writeHead(200', 'writeHead(500'));
  await shop.edit('deploy.json', (content) => content.replace('"timeoutSeconds":60', '"timeoutSeconds":4'));
  const ran = await deploy();
  await shop.write('server.js', good);
  await shop.edit('deploy.json', (content) => content.replace('"timeoutSeconds":4', '"timeoutSeconds":60'));
  expect(ran.code).toBe(3);
  expect(ran.lastLine).toContain('GET /health answers 500');
});

test('config vars: set in one release before the image, and never printed', async () => {
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({ ...(JSON.parse(content) as object), configVars: { LOG_LEVEL: { fromEnv: 'SHOP_LEVEL' } } }),
  );
  await shop.write('.env.sandbox', 'SHOP_LEVEL=verbose-but-secret\n');
  const ran = await deploy();
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('config   LOG_LEVEL');
  expect(ran.stdout + ran.stderr).not.toContain('verbose-but-secret');
  expect(await ask()).toMatchObject({ level: 'verbose-but-secret' });
});

test('a release phase that fails: nothing changes for users, its output is shown, exit code 1', async () => {
  const before = await ask();
  await shop.edit('deploy.json', (content) =>
    content.replace('"processes":{', '"processes":{"release":{"command":["node","migrate.js"]},'),
  );
  await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js migrate.js ./'));
  await shop.write('migrate.js', 'console.log("migrating"); process.exit(7);\n');
  const failed = await deploy();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('migrating');
  expect(failed.lastLine).toMatch(/^FAILED shop: v\d+ still runs: release v\d+ of shop ended as "failed"/);
  expect(await ask()).toEqual(before);
  await shop.write('migrate.js', 'console.log("migrated");\n');
  const mended = await deploy();
  expect(mended.code).toBe(0);
  expect(mended.stdout).toContain('migrated');
});

test('stopped in the middle: the old version still answers, and the next run converges', async () => {
  await shop.edit('server.js', (content) => content.replace("'good day'", "'good evening'"));
  const running = startTozo(['deploy', '--sandbox'], { cwd: shop.folder, env });
  await running.printed('build ');
  running.child.kill('SIGTERM');
  const stopped = await running.ended;
  expect(stopped.code).toBe(143);
  expect(stopped.lastLine).toMatch(/^CANCELLED shop: nothing was released/);
  expect(await ask()).toMatchObject({ status: 200, greeting: 'good day' });
  const again = await deploy();
  expect(again.code).toBe(0);
  expect(await ask()).toMatchObject({ greeting: 'good evening' });
});

test('two deploys of one app at once: the second is refused and told who is at work (fault 82)', async () => {
  const gate = join(state, 'gate');
  await shop.edit('server.js', (content) =>
    content
      .replace("'good evening'", "'good night'")
      .replace("from 'node:http';", "from 'node:http';\nimport { existsSync } from 'node:fs';")
      .replace(
        'createServer((',
        `while (!existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 50));\ncreateServer((`,
      ),
  );
  const first = startTozo(['deploy', '--sandbox'], { cwd: shop.folder, env });
  await first.printed('build ');
  const second = await deploy();
  expect(second.code).toBe(1);
  expect(second.lastLine).toContain('Another deploy of shop is under way');
  await writeFile(gate, '');
  expect((await first.ended).code).toBe(0);
  expect(await ask()).toMatchObject({ greeting: 'good night' });
});

async function uploaded(): Promise<number> {
  const entries = await sandbox.journal();
  return entries.filter(({ service, method }) => service === 'registry' && method !== 'GET' && method !== 'HEAD')
    .length;
}
