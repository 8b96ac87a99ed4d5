import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createShop, type Shop } from './testing/shop.ts';
import { runTozoInProcess, cleanEnvironment, runTozo } from './testing/tozo.ts';

const key = 'HRKU-0000-bad-input';
let sandbox: Sandbox;

let heroku: NodeJS.ProcessEnv;

beforeAll(async () => {
  sandbox = await startSandbox({ apiKey: key, apps: ['shop'] });
  heroku = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_APP: 'shop',
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  });
});
afterAll(async () => {
  await sandbox.close();
});

const json = (value: unknown): string => JSON.stringify(value);

interface Case {
  readonly what: string;
  readonly files?: Record<string, string>;
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: string[];
  /** Of a process of its own: for what the whole process decides, and a few others. */
  readonly run?: typeof runTozoInProcess;
  readonly code: number;
  readonly says: RegExp;
}

const beforeTheNetwork: Case[] = [
  {
    what: 'deploy.json is not JSON',
    files: { 'deploy.json': '{' },
    run: runTozo,
    code: 2,
    says: /deploy\.json isn't valid JSON/,
  },
  {
    what: 'deploy.json has an unknown key and a wrong type',
    files: { 'deploy.json': json({ processes: { web: { dinos: 1 } }, rollback: 1 }) },
    code: 2,
    says: /processes\/web\/dinos: unknown key\. Did you mean "dynos"\?[^]*|rollback: must be/,
  },
  {
    what: "the app's name is not Heroku's grammar",
    files: { 'deploy.json': json({ app: 'My_Shop', processes: { web: {} } }) },
    code: 2,
    says: /app: isn't a Heroku app name/,
  },
  {
    what: 'HEROKU_APP is not a name',
    env: { HEROKU_APP: 'Shop!' },
    code: 2,
    says: /HEROKU_APP is "Shop!", which isn't a Heroku app name/,
  },
  { what: 'no app is named', env: { HEROKU_APP: '' }, code: 2, says: /Set "app" in deploy\.json/ },
  {
    what: 'the Dockerfile is missing',
    files: { 'deploy.json': json({ dockerfile: 'Dockerfle', processes: { web: {} } }) },
    code: 1,
    says: /There's no Dockerfile at .*Dockerfle/,
  },
  { what: 'the Dockerfile has no FROM', files: { Dockerfile: 'COPY . .\n' }, code: 1, says: /FROM/ },
  {
    what: 'the Dockerfile has a RUN and the direct builder is asked for',
    files: { Dockerfile: 'FROM node:20-slim\nRUN npm ci\n' },
    args: ['--yes', '--builder', 'direct'],
    code: 1,
    says: /line 2: RUN.*[^]*--builder docker/,
  },
  {
    what: 'COPY names what is not there',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY servr.js ./\n' },
    code: 1,
    says: /servr\.js/,
  },
  {
    what: 'COPY reaches outside the context',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY ../../etc/passwd ./\n' },
    code: 1,
    says: /outside|etc\/passwd/,
  },
  { what: 'HEROKU_API_KEY is empty', env: { HEROKU_API_KEY: '' }, code: 2, says: /HEROKU_API_KEY is set but empty/ },
  {
    what: 'HEROKU_API_KEY has a line break',
    env: { HEROKU_API_KEY: 'abc\ndef' },
    code: 2,
    says: /HEROKU_API_KEY contains/,
  },
  {
    what: 'the API is said to be on a foreign host (fault 91, deploy)',
    env: { HEROKU_API_URL: 'https://api.example.com' },
    code: 2,
    says: /api\.example\.com/,
  },
  {
    what: 'the registry is said to be on a foreign host (fault 91, deploy)',
    env: { HEROKU_REGISTRY_URL: 'https://registry.example.com' },
    code: 2,
    says: /registry\.example\.com/,
  },
  {
    what: 'a value from the environment is missing',
    files: { 'deploy.json': json({ processes: { web: {} }, configVars: { A: { fromEnv: 'SHOP_A' } } }) },
    code: 2,
    says: /SHOP_A \(configVars\/A\)/,
  },
  { what: 'nobody can be asked', args: [], run: runTozo, code: 2, says: /Add --yes/ },
  {
    what: 'an artifact that changed between two jobs',
    env: { TOZO_CONTEXT_DIGEST_SHOP: `sha256:${'0'.repeat(64)}` },
    code: 1,
    says: /differ from the build job's/,
  },
  {
    what: 'a Dockerfile with RUN and no Docker Engine',
    files: { Dockerfile: 'FROM node:20-slim\nRUN true\n' },
    run: runTozo,
    code: 1,
    says: /Docker Engine/,
  },
  { what: 'an unknown option', args: ['--yess'], run: runTozo, code: 2, says: /unknown option '--yess'[^]*--yes/ },
  {
    what: 'a native addon that is not for linux/amd64 (a Mac build of sharp)',
    files: { Dockerfile: 'FROM node:20-slim\nCOPY node_modules ./node_modules\n' },
    code: 1,
    says: /sharp/,
  },
];

test.each(beforeTheNetwork)(
  '$what: said before any request is sent',
  async ({ files = {}, env = {}, args = ['--yes'], run = runTozoInProcess, code, says }) => {
    await using shop = await createShop();
    const addon = 'node_modules/@img/sharp-darwin-arm64/lib';
    await mkdir(join(shop.directory, addon), { recursive: true });
    await shop.write(`${addon}/sharp-darwin-arm64.node`, '\u00cf');
    await writeMachO(shop, `${addon}/sharp-darwin-arm64.node`);
    await shop.write(`${addon}/../package.json`, json({ name: '@img/sharp-darwin-arm64' }));
    for (const [file, content] of Object.entries(files)) await shop.write(file, content);
    const before = sandbox.journal.count();
    const ran = await run(['deploy', ...args], { cwd: shop.directory, env: { ...heroku, ...env } });
    expect(ran.stdout + ran.stderr).toMatch(says);
    expect(ran.code).toBe(code);
    expect(ran.stdout + ran.stderr).not.toMatch(/\n\s+at .*\.[jt]s:/);
    expect(sandbox.journal.entries().slice(before)).toEqual([]);
  },
);

async function writeMachO(shop: Shop, file: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(0x0100000c, 4);
  await writeFile(join(shop.directory, file), header);
}

const answeredByHeroku: Case[] = [
  {
    what: 'a wrong key',
    env: { HEROKU_API_KEY: 'HRKU-wrong' },
    run: runTozo,
    code: 1,
    says: /UNAUTHORIZED[^]*heroku authorizations:create/,
  },
  { what: 'an app that does not exist', env: { HEROKU_APP: 'shopp' }, code: 1, says: /Heroku app shopp doesn't exist/ },
  {
    what: 'a base image that does not exist',
    files: { Dockerfile: 'FROM nowhere/nothing:1\nCOPY server.js ./\n' },
    code: 1,
    says: /nowhere\/nothing/,
  },
];

test.each(answeredByHeroku)(
  '$what: said with what to do, and nothing is pushed or released',
  async ({ files = {}, env = {}, run = runTozoInProcess, code, says }) => {
    await using shop = await createShop();
    for (const [file, content] of Object.entries(files)) await shop.write(file, content);
    const ran = await run(['deploy', '--yes'], { cwd: shop.directory, env: { ...heroku, ...env } });
    expect(ran.stdout + ran.stderr).toMatch(says);
    expect(ran.code).toBe(code);
    expect(sandbox.journal.uploadedBlobBytes()).toBe(0);
  },
);

test('CI without a key: fails and names HEROKU_API_KEY; never the sandbox', async () => {
  await using shop = await createShop();
  const ran = await runTozo(['deploy'], { cwd: shop.directory, env: cleanEnvironment({ CI: 'true' }) });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('HEROKU_API_KEY is not set');
});

test('CI without a key on an unprotected ref: protection is named as the likely cause', async () => {
  await using shop = await createShop();
  const env = cleanEnvironment({ CI: 'true', CI_COMMIT_REF_PROTECTED: 'false', CI_COMMIT_REF_NAME: 'feature-x' });
  const ran = await runTozoInProcess(['deploy'], { cwd: shop.directory, env });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/protected, but "feature-x" isn't a protected branch/);
});
