import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanEnvironment, runTozoInProcess } from '../src/testing/tozo.ts';

/* What other deploys' files say is deployed as tozo init wrote it, without a change by hand. */

const server = `require('node:http').createServer((q, s) => s.end(process.env.GREETING)).listen(process.env.PORT);\n`;
const app: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "version": "1.0.0", "scripts": { "start": "node server.js" }, "files": ["*.js"] }',
  'package-lock.json':
    '{ "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "shop", "version": "1.0.0" } } }',
  'server.js': server,
  'worker.js': 'setInterval(() => undefined, 60_000);\n',
  'migrate.js': "console.log('migrated');\n",
};

let sandbox: Sandbox;
let root: string;
beforeAll(async () => {
  [sandbox, root] = await Promise.all([startSandbox(), mkdtemp(join(tmpdir(), 'tozo-take-over-'))]);
});
afterAll(async () => {
  await sandbox.close();
  await rm(root, { recursive: true });
});

test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
  [
    'heroku.yml',
    ['heroku.yml'],
    {
      'heroku.yml':
        'setup:\n  config:\n    GREETING: hello\nbuild:\n  docker:\n    web: image/Dockerfile\nrelease:\n  image: web\n  command:\n    - node migrate.js\nrun:\n  web: node server.js\n  worker: node worker.js\n',
      'image/Dockerfile': 'FROM node:24-slim\nWORKDIR /app\nCOPY . ./\n',
      ...Object.fromEntries(Object.entries(app).map(([file, text]) => [`image/${file}`, text])),
      'package.json': '{ "name": "root", "private": true }',
    },
  ],
  [
    'Procfile',
    ['Procfile', 'app.json'],
    {
      ...app,
      Procfile: 'web: node server.js\nworker: node worker.js\nrelease: node migrate.js\n',
      'app.json': '{ "env": { "GREETING": "hello" }, "formation": { "worker": { "quantity": 1 } } }',
    },
  ],
])('%s is deployed as tozo init took it over', async (name, from, files) => {
  const directory = join(root, name);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
  const heroku = `shop-${name.toLowerCase().replace(/\W/, '-')}`;
  await sandbox.createApp(heroku);
  const env = cleanEnvironment({
    XDG_STATE_HOME: join(root, 'state'),
    HEROKU_API_KEY: sandbox.apiKey,
    HEROKU_APP: heroku,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  });
  const run = async (cwd: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runTozoInProcess(args, { cwd, env });
    expect(code, `${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  await run(directory, 'init', '--yes', '--from', ...from);
  const at = name === 'heroku.yml' ? join(directory, 'image') : directory;
  if (name === 'Procfile') await run(at, 'image-deps');
  expect(await run(at, 'deploy', '--yes')).toMatch(/^LIVE v\d+/m);
  expect(await (await fetch(sandbox.appUrl(heroku)!)).text()).toBe('hello');
  const formation = await fetch(`${sandbox.urls.heroku}/apps/${heroku}/formation`, {
    headers: { authorization: `Bearer ${sandbox.apiKey}`, accept: 'application/vnd.heroku+json; version=3' },
  });
  const types = ((await formation.json()) as { type: string }[]).map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['web', 'worker', 'release']));
});
