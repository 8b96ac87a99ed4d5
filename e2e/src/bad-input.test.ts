import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createShop, type Shop } from './testing/shop.ts';
import { cleanEnvironment, runTozo, runTozoInProcess } from './testing/tozo.ts';

const key = 'HRKU-0000-bad-input';
const app = 'bad-input';
let sandbox: Sandbox;
let heroku: NodeJS.ProcessEnv;

beforeAll(async () => {
  sandbox = await startSandbox({ apiKey: key, apps: [app] });
  heroku = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_APP: app,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  });
});
afterAll(() => sandbox.close());

const json = (value: unknown): string => JSON.stringify(value);

interface Case {
  readonly title: string;
  readonly files?: Record<string, string>;
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: string[];
  /** Runs a separate process: for what only a whole process decides, and as a sample. */
  readonly run?: typeof runTozoInProcess;
  readonly code: number;
  /** Matches the output. */
  readonly output: RegExp;
}

const beforeRequests: Case[] = [
  {
    title: 'a deploy.json that is not JSON',
    files: { 'deploy.json': '{' },
    run: runTozo,
    code: 2,
    output: /deploy\.json isn't valid JSON/,
  },
  {
    title: 'an unknown key and a wrong type in deploy.json',
    files: { 'deploy.json': json({ processes: { web: { dinos: 1 } }, rollback: 1 }) },
    code: 2,
    output: /processes\/web\/dinos: unknown key\. Did you mean "dynos"\?[^]*|rollback: must be/,
  },
  {
    title: 'an invalid app name in deploy.json',
    files: { 'deploy.json': json({ app: 'My_Shop', processes: { web: {} } }) },
    code: 2,
    output: /app: isn't a Heroku app name/,
  },
  {
    title: 'an invalid app name in HEROKU_APP',
    env: { HEROKU_APP: 'Shop!' },
    code: 2,
    output: /HEROKU_APP is "Shop!", which isn't a Heroku app name/,
  },
  { title: 'a missing app name', env: { HEROKU_APP: '' }, code: 2, output: /set "app" in deploy\.json/ },
  {
    title: 'a missing Dockerfile',
    files: { 'deploy.json': json({ dockerfile: 'Dockerfle', processes: { web: {} } }) },
    code: 2,
    output: /There's no Dockerfile at .*Dockerfle/,
  },
  { title: 'a Dockerfile without FROM', files: { Dockerfile: 'COPY . .\n' }, code: 2, output: /FROM/ },
  {
    title: 'a RUN that only Docker has, with --builder direct',
    files: { Dockerfile: 'FROM node:20-slim\nRUN --mount=type=ssh npm ci\n' },
    args: ['--yes', '--builder', 'direct'],
    code: 2,
    output: /line 2: RUN.*[^]*--builder docker/,
  },
  {
    title: 'COPY of a missing file',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY servr.js ./\n' },
    code: 2,
    output: /servr\.js/,
  },
  {
    title: 'COPY from outside the context',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY ../../etc/passwd ./\n' },
    code: 2,
    output: /outside|etc\/passwd/,
  },
  { title: 'an empty HEROKU_API_KEY', env: { HEROKU_API_KEY: '' }, code: 2, output: /HEROKU_API_KEY is set but empty/ },
  {
    title: 'a line break in HEROKU_API_KEY',
    env: { HEROKU_API_KEY: 'abc\ndef' },
    code: 2,
    output: /HEROKU_API_KEY contains/,
  },
  {
    title: 'an API on a foreign host (fault 91, deploy)',
    env: { HEROKU_API_URL: 'https://api.example.com' },
    code: 2,
    output: /api\.example\.com/,
  },
  {
    title: 'a registry on a foreign host (fault 91, deploy)',
    env: { HEROKU_REGISTRY_URL: 'https://registry.example.com' },
    code: 2,
    output: /registry\.example\.com/,
  },
  {
    title: 'a missing environment variable',
    files: { 'deploy.json': json({ processes: { web: {} }, configVars: { A: { fromEnv: 'SHOP_A' } } }) },
    code: 2,
    output: /SHOP_A \(configVars\/A\)/,
  },
  { title: 'a missing --yes without a terminal', args: [], run: runTozo, code: 2, output: /Add --yes/ },
  {
    title: 'an artifact that changed between two jobs',
    env: { TOZO_CONTEXT_DIGEST: `sha256:${'0'.repeat(64)}` },
    code: 1,
    output: /differ from the build job's/,
  },
  {
    title: 'a RUN that only Docker has, and no Docker Engine',
    files: { Dockerfile: 'FROM node:20-slim\nRUN --mount=type=ssh true\n' },
    run: runTozo,
    code: 2,
    output: /Docker Engine/,
  },
  { title: 'an unknown option', args: ['--yess'], run: runTozo, code: 2, output: /unknown option '--yess'[^]*--yes/ },
  {
    title: 'a native addon for another platform (sharp for macOS)',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY node_modules ./node_modules\n' },
    code: 2,
    output: /sharp/,
  },
];

test.each(beforeRequests.map((one) => [one.title, one] as const))(
  'reports %s before it sends a request',
  async (_title, { files = {}, env = {}, args = ['--yes'], run = runTozoInProcess, code, output }) => {
    await using shop = await createShop(app);
    const addon = 'node_modules/@img/sharp-darwin-arm64/lib';
    await mkdir(join(shop.directory, addon), { recursive: true });
    await writeMachO(shop, `${addon}/sharp-darwin-arm64.node`);
    await shop.write(`${addon}/../package.json`, json({ name: '@img/sharp-darwin-arm64' }));
    for (const [file, content] of Object.entries(files)) await shop.write(file, content);
    const before = sandbox.journal.count();
    const ran = await run(['deploy', ...args], { cwd: shop.directory, env: { ...heroku, ...env } });
    expect(ran.stdout + ran.stderr).toMatch(output);
    expect(ran.code).toBe(code);
    expect(ran.stdout + ran.stderr).not.toMatch(/\n\s+at .*\.[jt]s:/);
    expect(sandbox.journal.entries().slice(before)).toEqual([]);
  },
);

async function writeMachO(shop: Shop, file: string): Promise<void> {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(0x0100000c, 4);
  await writeFile(join(shop.directory, file), header);
}

const rejectedByServices: Case[] = [
  {
    title: 'a wrong key',
    env: { HEROKU_API_KEY: 'HRKU-wrong' },
    run: runTozo,
    code: 1,
    output: /UNAUTHORIZED[^]*heroku authorizations:create/,
  },
  { title: 'a missing app', env: { HEROKU_APP: 'shopp' }, code: 1, output: /Heroku app shopp doesn't exist/ },
  {
    title: 'a missing base image',
    files: { Dockerfile: 'FROM nowhere/nothing:1\nCOPY server.js ./\n' },
    code: 2,
    output: /nowhere\/nothing/,
  },
];

test.each(rejectedByServices.map((one) => [one.title, one] as const))(
  'reports %s with what to do, and pushes and releases nothing',
  async (_title, { files = {}, env = {}, run = runTozoInProcess, code, output }) => {
    await using shop = await createShop(app);
    for (const [file, content] of Object.entries(files)) await shop.write(file, content);
    const before = sandbox.journal.count();
    const ran = await run(['deploy', '--yes'], { cwd: shop.directory, env: { ...heroku, ...env } });
    expect(ran.stdout + ran.stderr).toMatch(output);
    expect(ran.code).toBe(code);
    const since = sandbox.journal.entries().slice(before);
    expect(since.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  },
);

test('fails in CI without a key and names HEROKU_API_KEY: never uses the sandbox', async () => {
  await using shop = await createShop(app);
  const ran = await runTozo(['deploy'], { cwd: shop.directory, env: cleanEnvironment({ CI: 'true' }) });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("HEROKU_API_KEY isn't set");
});

test('names protection as the likely cause of a missing key on an unprotected ref', async () => {
  await using shop = await createShop(app);
  const env = cleanEnvironment({ CI: 'true', CI_COMMIT_REF_PROTECTED: 'false', CI_COMMIT_REF_NAME: 'feature-x' });
  const ran = await runTozoInProcess(['deploy'], { cwd: shop.directory, env });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/protected, but "feature-x" isn't a protected branch/);
});
