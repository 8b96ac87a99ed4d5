import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { createShop } from '../src/testing/shop.ts';
import { cleanEnvironment, startTozo } from '../src/testing/tozo.ts';

const key = 'HRKU-sentinel-0f3c9a51-key';
/** The key itself, in a Basic header and in a URL. */
const forms = [key, Buffer.from(`_:${key}`).toString('base64'), encodeURIComponent(key)];

test('no output, argument list or file of a deploy contains the key (fault 90, deploy)', async () => {
  await using shop = await createShop();
  await using sandbox = await startSandbox({ apiKey: key, apps: [shop.name] });
  const home = await mkdtemp(join(tmpdir(), 'tozo-home-'));
  const env = cleanEnvironment({
    HOME: home,
    TMPDIR: home,
    XDG_STATE_HOME: join(home, 'state'),
    HEROKU_API_KEY: key,
    HEROKU_APP: shop.name,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  });
  const seen: string[] = [];
  for (const args of [['--dry-run', '--format', 'ndjson'], ['--yes', '--json', '--report', 'report.json'], ['--yes']]) {
    const running = startTozo(['deploy', ...args], { cwd: shop.directory, env });
    const watch = watchArguments();
    const ran = await running.result;
    seen.push(ran.stdout, ran.stderr, ...(await watch.stop()));
    expect(ran.code).toBe(0);
  }
  seen.push(
    ...(await contentsOf(shop.directory)),
    ...(await contentsOf(home)),
    JSON.stringify(sandbox.journal.entries()),
  );
  expect(seen.join('').length).toBeGreaterThan(1000);
  for (const form of forms) expect(seen.filter((text) => text.includes(form))).toEqual([]);
  await rm(home, { recursive: true, force: true });
});

const privateKey = [
  '-----BEGIN SENTINEL KEY-----',
  'c2VudGluZWwtbGluZS0x',
  'c2VudGluZWwtbGluZS0y',
  '-----END SENTINEL KEY-----',
];
const secrets = {
  HEROKU_API_KEY: key,
  GITLAB_TOKEN: 'glpat-sentinel-7b1d',
  CI_JOB_TOKEN: 'glcbt-sentinel-2e90',
  DATABASE_URL: 'postgres://shop:sentinel-pa%24s@db.example.com/shop',
  SESSION_SECRET: 'sentinel "quoted" <session> é',
  PRIVATE_KEY: privateKey.join('\n'),
};

/** Whole values, lines of the key, and what JSON, URLs and base64 make of them. */
const leaks = [...Object.values(secrets), privateKey[1]!, privateKey[2]!].flatMap((value) => [
  value,
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value),
  Buffer.from(value)
    .toString('base64')
    .replace(/.{2}=*$/, ''),
]);

/** Prints what an app may print of its environment, then fails. */
const leakyServer = `const { SESSION_SECRET, PRIVATE_KEY, DATABASE_URL } = process.env;
console.log(SESSION_SECRET, JSON.stringify({ SESSION_SECRET }), encodeURIComponent(SESSION_SECRET));
console.log(PRIVATE_KEY);
console.error(new Error('cannot connect to ' + DATABASE_URL));
console.error(Buffer.from(SESSION_SECRET).toString('base64'));
process.exit(1);
`;

test(
  'no output, report, argument list or file contains any secret, also when the app prints them (faults 89, 90, 117, deploy)',
  { timeout: 240_000 },
  async () => {
    await using shop = await createShop();
    await using sandbox = await startSandbox({ apiKey: key, apps: [shop.name] });
    const home = await mkdtemp(join(tmpdir(), 'tozo-home-'));
    const fromEnv = (name: string) => ({ fromEnv: name });
    await shop.edit('deploy.json', (json) =>
      JSON.stringify({
        ...(JSON.parse(json) as object),
        configVars: {
          DATABASE_URL: fromEnv('DATABASE_URL'),
          SESSION_SECRET: fromEnv('SESSION_SECRET'),
          PRIVATE_KEY: fromEnv('PRIVATE_KEY'),
        },
      }),
    );
    const env = cleanEnvironment({
      ...secrets,
      HOME: home,
      TMPDIR: home,
      XDG_STATE_HOME: join(home, 'state'),
      HEROKU_APP: shop.name,
      HEROKU_API_URL: sandbox.urls.heroku,
      HEROKU_REGISTRY_URL: sandbox.urls.registry,
      TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
    });
    const seen: Record<string, string> = {};
    async function deploy(code: number, ...args: string[]): Promise<string> {
      const running = startTozo(['deploy', '--yes', ...args], { cwd: shop.directory, env });
      const watch = watchArguments();
      const ran = await running.result;
      const name = args.join(' ');
      Object.assign(seen, { [`${name}: stdout`]: ran.stdout, [`${name}: stderr`]: ran.stderr });
      (await watch.stop()).forEach((line, index) => (seen[`${name}: process ${index}`] = line));
      expect(ran.code).toBe(code);
      return ran.stdout;
    }
    await deploy(0, '--json', '--report', 'report.json');
    await shop.write('server.js', leakyServer);
    for (const format of ['plain', 'gitlab', 'ndjson']) {
      expect(await deploy(3, '--format', format, '--report', `${format}.json`)).toContain('[REDACTED]');
    }
    await shop.write(
      'deploy.json',
      `{"processes": {"web": {}}, "configVars": {"A": ${JSON.stringify(secrets.SESSION_SECRET)}}, "${key}": 1}`,
    );
    await deploy(2, '--format', 'plain');
    await shop.write('deploy.json', '{}');
    const left = [...(await contentsOf(shop.directory)), ...(await contentsOf(home))];
    left.forEach((content, index) => (seen[`file ${index}`] = content));
    const found = Object.entries(seen).flatMap(([where, text]) =>
      leaks
        .filter((leak) => text.includes(leak) || text.includes(Buffer.from(leak).toString('latin1')))
        .map((leak) => [where, leak]),
    );
    expect(found).toEqual([]);
    await rm(home, { recursive: true, force: true });
  },
);

/** Collects the argument lists of all processes on this machine, where the system shows them. */
function watchArguments(): { stop(): Promise<string[]> } {
  const found = new Set<string>();
  const reads = new Map<string, number>();
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const pid of await readdir('/proc').catch(() => [])) {
        const soFar = reads.get(pid) ?? 0;
        if (!/^\d+$/.test(pid) || soFar === enoughReads) continue;
        reads.set(pid, soFar + 1);
        found.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async stop() {
      over = true;
      await watching;
      return [...found];
    },
  };
}

/** The first read may be too early: until a new process calls exec, it shows its parent's arguments. */
const enoughReads = 10;

async function contentsOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map((file) => readFile(file, 'latin1')));
}
