import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';

/* What a deploy finds before it starts or asks any service. */

const key = 'HRKU-01234567-89ab-cdef-0123-456789abcdef';
const good = {
  'package.json': '{"name": "shop"}',
  'deploy.json': '{"processes": {"web": {}}}',
  Dockerfile: 'FROM node:20-slim\nCOPY app.js ./\nCMD ["node", "app.js"]\n',
  'app.js': '',
};

async function workspace(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tozo-e2e-local-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

test('a refused deploy has its result as JSON, too', async () => {
  const cwd = await workspace({ ...good, 'deploy.json': '{"processes": {}}' });

  const { code, stdout, stderr } = await runTozo(['deploy', '--sandbox', '--json', '--report', 'report.json'], {
    cwd,
    env: cleanEnvironment({}),
  });

  const message = expect.stringContaining('processes: needs a process type') as string;
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'failed',
    exitCode: 2,
    error: { code: 'CONFIG_INVALID', message },
  });
  expect(await readFile(join(cwd, 'report.json'), 'utf8')).toBe(stdout);
  expect(stderr).toEqual(message);
});

test.each<[string, Record<string, string | undefined>, string[], RegExp]>([
  ['an invalid deploy.json', { 'deploy.json': '{"processes": {}}' }, [], /processes: needs a process type/],
  [
    'a missing variable',
    { 'deploy.json': '{"processes": {"web": {}}, "configVars": {"KEY": {"fromEnv": "KEY"}}}' },
    [],
    /KEY \(configVars\/KEY\)/,
  ],
  [
    'a config var larger than Heroku stores',
    {
      'deploy.json': JSON.stringify({ processes: { web: {} }, configVars: { SMALL: '1', LARGE: 'x'.repeat(65_536) } }),
    },
    [],
    /The largest is LARGE with 65541 bytes/,
  ],
  ['an empty name of an environment', {}, ['--environment', ''], /The name after --environment is empty\./],
  ['an unknown environment', {}, ['--environment', 'staging'], /no environment staging: deploy\.json declares none/],
  ['a missing Dockerfile', { Dockerfile: undefined }, [], /no Dockerfile at /],
  ['an instruction that is none', { Dockerfile: 'FROM node:20\nCOPPY a b\n' }, [], /Dockerfile line 2/],
  ['a missing COPY source', { 'app.js': undefined }, [], /app\.js/],
  ['an unknown base', { Dockerfile: 'FROM nodee:20\n' }, [], /Dockerfile line 1: the sandbox has no image nodee/],
  [
    'a RUN without an engine',
    { Dockerfile: 'FROM node:20\nRUN npm ci\n' },
    [],
    /line 2: RUN npm ci\n {4}installs npm packages/,
  ],
])('%s ends with 2, and nothing was started or created (fault 179, deploy)', async (_, changes, args, message) => {
  const files = Object.entries({ ...good, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const root = await workspace(Object.fromEntries(files.map(([name, text]) => [`shop/${name}`, text])));
  const state = join(root, 'state');
  const env = cleanEnvironment({ TOZO_SANDBOX_DIR: join(state, 'sandbox'), XDG_STATE_HOME: state });
  const { code, stdout, stderr } = await runTozo(['deploy', '--sandbox', ...args], { cwd: join(root, 'shop'), env });
  expect(stdout + stderr).toMatch(message);
  expect(code).toBe(2);
  expect(existsSync(state)).toBe(false);
});

test('two projects that resolve to one app are refused by name before any request (fault 112, deploy)', async () => {
  const project = (name: string, config = good['deploy.json']) =>
    Object.entries({ ...good, 'package.json': `{"name": "@acme/${name}"}`, 'deploy.json': config }).map(
      ([file, text]) => [`apps/${name}/${file}`, text] as const,
    );
  const root = await workspace(
    Object.fromEntries([
      ...project('shop'),
      ...project('till'),
      ...project('desk', '{"app": "desk", "processes": {"web": {}}}'),
    ]),
  );
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, stdio: 'ignore' });
  git('init', '-q');
  git('add', '.');
  const state = join(root, 'state');
  const env = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_API_URL: 'http://127.0.0.1:9',
    HEROKU_APP: 'acme-shop',
    XDG_STATE_HOME: state,
  });
  const deploy = (name: string, more: NodeJS.ProcessEnv = {}) =>
    runTozo(['deploy', '--yes'], { cwd: join(root, 'apps', name), env: { ...env, ...more } });
  const refused = await deploy('shop');
  expect(refused.stderr).toMatch(
    /^shop and till \(\.\.\/till\) would both be deployed to the app acme-shop, which is from HEROKU_APP, .*Set another "app" in each deploy\.json, and unset HEROKU_APP\.\n$/,
  );
  expect(refused.code).toBe(2);
  expect(existsSync(state)).toBe(false);
  const sandbox = await runTozo(['deploy', '--sandbox'], { cwd: join(root, 'apps/shop'), env });
  expect([sandbox.code, sandbox.stderr]).toEqual([2, refused.stderr]);
  const other = await deploy('shop', { HEROKU_APP: 'desk' });
  expect(other.stderr).toMatch(/^shop and (?:till|desk) /);
});

test.each([
  [
    'no environment',
    [],
    /deploy\.json declares environments: say which one is meant, with --environment staging or live/,
  ],
  ['an unknown environment', ['--environment', 'stagin'], /no environment "stagin"\. Did you mean staging\?/],
])('%s on Heroku ends with 2 and lists what there is', async (_, args, message) => {
  const environments = { staging: { app: 'shop-staging' }, live: { app: 'shop-live' } };
  const root = await workspace({ ...good, 'deploy.json': JSON.stringify({ processes: { web: {} }, environments }) });
  const env = cleanEnvironment({ HEROKU_API_KEY: key, HEROKU_API_URL: 'http://127.0.0.1:9' });
  const { code, stderr } = await runTozo(['deploy', '--yes', ...args], { cwd: root, env });
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('a state directory that can’t be created ends the deploy at once, with a remedy (fault 111, deploy)', async () => {
  const root = await workspace(good);
  const env = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_API_URL: 'http://127.0.0.1:9',
    HEROKU_APP: 'shop',
    XDG_STATE_HOME: '/proc/tozo',
  });
  const { code, lastLine } = await runTozo(['deploy', '--yes'], { cwd: root, env });
  expect(lastLine).toMatch(/^FAILED shop: nothing was changed: .*Set XDG_STATE_HOME/);
  expect(code).toBe(2);
  const sandbox = await runTozo(['deploy', '--sandbox'], { cwd: root, env });
  expect(sandbox.stderr).toMatch(/^\/proc\/tozo\/tozo\/sandbox: STATE_UNWRITABLE: /);
  expect(sandbox.code).toBe(2);
});
