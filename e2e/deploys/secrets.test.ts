import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxConnection, startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { cleanEnvironment, startTozo } from '../src/testing/tozo.ts';

/** A text that shows a secret in some form, as other programs write it. */
interface Leak {
  readonly secret: string;
  readonly form: string;
  readonly text: string;
  /** The part of the text that tells the secret. */
  readonly hidden: string;
}

const table = new URL('../../tools/golden/redaction.json', import.meta.url);
const leaks = JSON.parse(await readFile(table, 'utf8')) as Leak[];
const [key = '', ...values] = [...new Set(leaks.map(({ secret }) => secret))];

/** Prints the texts of a file that has them backwards: a file with a secret would be refused. */
const printLeaks = `import { readFileSync } from 'node:fs';
const texts = JSON.parse(readFileSync('leaks.txt', 'utf8').split('').reverse().join(''));
for (const text of texts) {
  const half = Math.floor(text.length / 2);
  process.stdout.write(text.slice(0, half));
  await new Promise((resolve) => setImmediate(resolve));
  process.stdout.write(text.slice(half) + '\\n');
}
`;

test(
  'no output of a deploy shows a secret, in whatever form an app or Heroku prints it (faults 89, 117, deploy)',
  { timeout: 300_000 },
  async () => {
    await using shop = await createShop();
    await using sandbox = await startSandbox({ apiKey: key, apps: [shop.name] });
    const home = await mkdtemp(join(tmpdir(), 'tozo-home-'));
    await addLeaks(shop);
    sandbox.faults.add({
      on: { service: 'heroku', method: 'PATCH', path: '/formation$', times: 3 },
      effect: {
        kind: 'alter-answer',
        headers: { 'x-heroku-warning': `The key ${key} is old, ${btoa(`_:${key}`)} too.` },
      },
    });
    const env = environment(shop, sandbox, home);
    const run = (...args: string[]) => startTozo(['deploy', '--yes', ...args], { cwd: shop.directory, env }).result;

    const first = await run('--report', 'first.json');
    expect(first.lastLine).toMatch(/^LIVE v\d+ /);
    await shop.edit('server.js', (content) => `await import('./leaks.js');\nprocess.exit(3);\n${content}`);
    const crashed = await run('--format', 'ndjson', '--report', 'crashed.json');
    expect(crashed.code).toBe(3);
    await shop.edit('server.js', (content) => content.replace('process.exit(3);', 'const fixed = true;'));
    const fixed = await run('--json');
    expect(JSON.parse(fixed.stdout)).toMatchObject({ outcome: 'deployed' });

    const outputs = [first, crashed, fixed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    for (const { stdout, stderr } of [first, crashed, fixed]) {
      expect(`${stdout}${stderr}`.split('[REDACTED]').length).toBeGreaterThan(50);
      expect(`${stdout}${stderr}`).toContain('The key [REDACTED] is old, [REDACTED] too.');
    }
    const reports = await Promise.all(
      ['first.json', 'crashed.json'].map((name) => readFile(join(shop.directory, name), 'utf8')),
    );
    const shown = [...outputs, ...reports, ...(await contentsOf(home)), JSON.stringify(sandbox.journal.entries())].join(
      '\n',
    );
    for (const { form, hidden } of leaks) expect([form, survivorOf(hidden, shown)]).toEqual([form, undefined]);
    await rm(home, { recursive: true, force: true });
  },
);

async function addLeaks(shop: Shop): Promise<void> {
  const texts = JSON.stringify(leaks.map(({ text }) => text));
  await shop.write('leaks.txt', texts.split('').reverse().join(''));
  await shop.write('leaks.js', printLeaks);
  await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js leaks.js leaks.txt ./'));
  const configVars = values.map((_, at) => [`SECRET_${at}`, { fromEnv: `SECRET_${at}` }]);
  await shop.edit('deploy.json', (content) => {
    const config = JSON.parse(content) as { processes: Record<string, unknown> };
    const release = { command: ['node', 'leaks.js'] };
    return JSON.stringify({ processes: { ...config.processes, release }, configVars: Object.fromEntries(configVars) });
  });
}

function environment(shop: Shop, { urls }: Pick<SandboxConnection, 'urls'>, home: string): NodeJS.ProcessEnv {
  return cleanEnvironment({
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    HEROKU_API_KEY: key,
    HEROKU_APP: shop.name,
    HEROKU_API_URL: urls.heroku,
    HEROKU_REGISTRY_URL: urls.registry,
    TOZO_DOCKER_HUB_MIRROR: urls.hub,
    ...Object.fromEntries(values.map((value, at) => [`SECRET_${at}`, value])),
  });
}

/** Returns ten characters in a row that can still be read. Fewer digits of a hexadecimal form occur in digests by chance. */
function survivorOf(hidden: string, text: string): string | undefined {
  const length = 10;
  const count = Math.max(1, hidden.length - length + 1);
  const parts = Array.from({ length: count }, (_, at) => hidden.slice(at, at + length));
  return parts.find((part) => text.includes(part));
}

async function contentsOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map((file) => readFile(file, 'latin1')));
}
