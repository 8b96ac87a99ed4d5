import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mistake } from '../src/first-hour/mistake.ts';
import { mistakes } from '../src/first-hour/mistakes.ts';
import { renderPage } from '../src/first-hour/page.ts';
import { cleanEnvironment, runTozoInProcess } from '../src/testing/tozo.ts';

/* What tozo says about the mistakes of the first hour. The page that lists them is written from what it really said. */

const working: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }',
  'deploy.json': '{ "processes": { "web": { "health": { "holdSeconds": 0.1 } } } }',
  Dockerfile: 'FROM node:24-slim\nCOPY server.js ./\nCMD ["node", "server.js"]\n',
  'server.js': 'require("node:http").createServer((q, s) => s.end("hello")).listen(process.env.PORT);\n',
};

let sandbox: Sandbox;
let root: string;
beforeAll(async () => {
  [sandbox, root] = await Promise.all([startSandbox(), mkdtemp(join(tmpdir(), 'tozo-first-hour-'))]);
});
afterAll(async () => {
  await sandbox.close();
  await rm(root, { recursive: true });
});

const all = Object.entries(mistakes).flatMap(([place, list]) =>
  list.map((mistake) => ({ place, mistake, title: mistake.title })),
);
const said = new Map<Mistake, string>();

test('there are at least 40, each with a title of its own', () => {
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(40);
});

test.each(all)('$title: says what happened, and what to do next', async ({ mistake }) => {
  const { command, files = {}, env = {}, to, code, says, next } = mistake;
  const name = `shop-${randomBytes(3).toString('hex')}`;
  const directory = await mkdtemp(join(root, 'shop-'));
  for (const [file, text] of Object.entries({ ...working, ...files }))
    if (text !== undefined) await writeFile(join(directory, file), text);
  if (to !== 'nothing') await sandbox.createApp(name);
  const heroku = {
    HEROKU_API_KEY: sandbox.apiKey,
    HEROKU_APP: name,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  };
  const state = { XDG_STATE_HOME: join(root, 'state'), TOZO_SANDBOX_DIR: join(root, 'sandbox') };
  const environment = cleanEnvironment({ ...state, ...(to === 'nothing' ? {} : heroku), ...env });
  const ran = await runTozoInProcess(command.split(' '), { cwd: directory, env: environment });
  const output = `${ran.stdout}${ran.stderr}`;
  expect(output).toMatch(says);
  const message = output.slice(says.exec(output)?.index).trimEnd();
  expect(message).toMatch(next);
  expect(message).not.toMatch(/\n\s+at .*\.[jt]s:/);
  expect(ran.code).toBe(code);
  said.set(mistake, clean(message, { [directory]: '~/shop', [basename(directory)]: 'shop', [name]: 'shop' }));
});

test('docs/reference/first-hour.md lists them', async () => {
  if (said.size < all.length) return;
  await expect(renderPage(mistakes, said)).toMatchFileSnapshot('../../docs/reference/first-hour.md');
});

test('docs/reference/first-hour-elsewhere.md has a row for each', async () => {
  const page = await readFile(new URL('../../docs/reference/first-hour-elsewhere.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (.+?) +\|/gm)].map(([, title]) => title!).slice(2);
  expect(rows).toEqual(all.map(({ title }) => title));
});

/** Replaces what differs from run to run. */
function clean(message: string, names: Readonly<Record<string, string>>): string {
  const named = Object.entries(names).reduce((text, [from, to]) => text.replaceAll(from, to), message);
  return named
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\d+(?:\.\d+)? (s|ms)\b/g, 'N $1')
    .replaceAll(/request [0-9a-f-]{36}/g, 'request ID')
    .replaceAll(/"[^"\s]*\/images\/sha256-\w+\//g, '"')
    .replaceAll(/\(line \d+ column \d+\)/g, '')
    .replaceAll(/(?<=isn't valid JSON)(?:: | \().*? at position \d+ ?\)?/g, ': …');
}
