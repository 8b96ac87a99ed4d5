import { expect, test } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

type Files = Readonly<Record<string, string>>;
const planOf = (manifest: object, files: Files, from: readonly string[] = []): InitPlan =>
  planInit(
    snapshotOf({
      'package-lock.json': '{ "lockfileVersion": 3 }',
      ...files,
      'package.json': JSON.stringify({ name: 'shop', ...manifest }),
    }),
    { directory: '', version: '0.1.0', from },
  );
const scripts = { start: 'node server.js' };
const dependencies = { express: '5' };

test('the version header is proposed for the file that makes the app, and not for one that only listens', () => {
  const files = {
    'bin/start.js': 'app.listen(process.env.PORT);\n',
    'mocks/index.js':
      "import { setupServer } from 'msw/node';\nconst server = setupServer();\nserver.listen();\nserver.use();\n",
    'server.js': 'export const app = express();\n',
  };
  expect(planOf({ scripts, dependencies }, files).proposals).toEqual([
    expect.stringContaining('add to server.js, before'),
  ]);
  const { 'server.js': _, ...others } = files;
  expect(planOf({ scripts, dependencies }, { ...others, 'server.js': '' }).proposals).toEqual([]);
});

test.each([
  ['fastify start -l info app.js', true],
  ['fastify start --address 0.0.0.0 app.js', false],
  ['fastify start -a 0.0.0.0 app.js', false],
])('%s listens on localhost: %s', (start, isLocal) => {
  const { notes } = planOf(
    { scripts: { start }, dependencies: { fastify: '5', 'fastify-cli': '7' } },
    { 'app.js': '' },
  );
  expect(notes.some((note) => note.includes('fastify start listens on localhost'))).toBe(isLocal);
});

test('a comment after a command in a Procfile is none of its words', () => {
  const files = { ...projects.node, Procfile: "web: node server.js # the server\nworker: node 'a#b' c#d\n" };
  const { changes } = planOf({ scripts }, files, ['Procfile']);
  expect(JSON.parse(changes.find(({ path }) => path === 'deploy.json')!.after)).toMatchObject({
    processes: { worker: { command: ['node', 'a#b', 'c#d'] } },
  });
  expect(changes.find(({ path }) => path === 'Dockerfile')!.after).toContain('CMD ["node", "server.js"]');
});
