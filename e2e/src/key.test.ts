import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { createShop } from './testing/shop.ts';
import { cleanEnvironment, startTozo } from './testing/tozo.ts';

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
