import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGuide } from '../src/guides/read-guide.ts';
import { runnerBlocker, workspace } from './pipeline/runner.ts';
import { createToolPackage, type ToolPackage } from './pipeline/tool-package.ts';
import { takeOverRepository, type TakenOver } from './take-over/repository.ts';

/* Repositories are taken over by one command each, and what that wrote runs as a pipeline, with the sandbox as Heroku. */

const blocker = runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const terraform = `provider "heroku" {
  api_key = var.heroku_api_key
}
resource "heroku_app" "shop" {
  name   = "shop-live"
  region = "eu"
}
resource "gitlab_project" "shop" {
  name = "shop"
}
${['HEROKU_APP', 'HEROKU_API_KEY', 'HEROKU_USERNAME']
  .map(
    (key) => `resource "gitlab_project_variable" "${key.toLowerCase()}" {
  project = gitlab_project.shop.id
  key     = "${key}"
  value   = var.${key.toLowerCase()}
}
`,
  )
  .join('')}`;

const herokuYml = `build:
  docker:
    web: Dockerfile
release:
  image: web
  command:
    - node migrate.js
run:
  web: node server.js
  worker:
    image: web
    command:
      - node worker.js
`;

const dockerfile = (files: string, argument = ''): string =>
  `FROM node:24-slim\n${argument}WORKDIR /app\nCOPY package.json ${files} ./\nCMD ["node", "server.js"]\n`;
const programs = {
  'server.js': `import { createServer } from 'node:http';
createServer((request, response) => response.end('shop 1')).listen(process.env.PORT);
`,
  'worker.js': "setInterval(() => console.log('working'), 60_000);\n",
  'migrate.js': "console.log('migrated');\n",
};
const appJson = JSON.stringify({ name: 'Shop', formation: { worker: { quantity: 1 } } });
const threeProcesses = {
  processes: {
    web: {},
    worker: { command: ['node', 'worker.js'], dynos: 1 },
    release: { command: ['node', 'migrate.js'] },
  },
};

const steps = await readGuide(join(workspace, 'docs/guides/from-the-tutorial.md'));
const job = steps.find((step) => 'file' in step && step.file === '.gitlab-ci.yml') as { readonly text: string };

const repositories = [
  {
    title: "the tutorial's repository",
    from: ['.gitlab-ci.yml', 'gitlab.tf'],
    files: {
      '.gitlab-ci.yml': job.text,
      'gitlab.tf': terraform,
      'server.js': programs['server.js'],
      Dockerfile: dockerfile('server.js', 'ARG CI_COMMIT_SHA\n'),
    },
    lines: ['docker login', 'docker push', 'curl --fail', 'resource gitlab_project_variable heroku_api_key'],
    config: { app: 'shop-live' },
  },
  {
    title: 'a repository with heroku.yml',
    from: ['heroku.yml', 'app.json'],
    files: {
      ...programs,
      'heroku.yml': herokuYml,
      'app.json': appJson,
      Dockerfile: dockerfile('server.js worker.js migrate.js'),
    },
    lines: ['web: Dockerfile', 'release:', 'web: node server.js', 'worker:'],
    config: threeProcesses,
  },
  {
    title: 'a repository with a Procfile',
    from: ['Procfile', 'app.json'],
    files: {
      ...programs,
      Procfile: 'web: node server.js\nworker: node worker.js\nrelease: node migrate.js\n',
      'app.json': appJson,
    },
    lines: ['web: node server.js', 'worker: node worker.js', 'release: node migrate.js'],
    config: threeProcesses,
  },
];

const timeout = 600_000;
const outside = mkdtempSync(join(tmpdir(), 'tozo-take-over-'));
let tool: ToolPackage;

beforeAll(async () => {
  if (blocker === undefined) tool = await createToolPackage(join(outside, 'tool'));
}, timeout);
afterAll(async () => {
  await tool?.[Symbol.asyncDispose]();
  rmSync(outside, { recursive: true, force: true });
});

describe.skipIf(blocker !== undefined).each(repositories)('$title', { timeout }, ({ from, files, lines, config }) => {
  let repository: TakenOver;
  beforeAll(async () => {
    repository = await takeOverRepository(mkdtempSync(join(outside, 'repository-')), tool, files, from);
  }, timeout);
  afterAll(() => repository?.[Symbol.asyncDispose]());

  it('is taken over by one command, line by line', () => {
    const { said, clone } = repository;
    const read = (file: string): string => readFileSync(join(clone.path, file), 'utf8');
    expect(said).toMatch(/^Taken over$/m);
    for (const line of lines) expect(said).toMatch(new RegExp(String.raw`^  \S+:\d+  ${line}.*\n    → `, 'm'));
    expect(JSON.parse(read('deploy.json'))).toMatchObject(config);
    if ('gitlab.tf' in files) expect(read('infrastructure.mts')).toContain("variablesScope: '*'");
    expect(read('.gitlab-ci.yml')).not.toMatch(/docker|curl/);
  });

  it('deploys, deploys a changed line, and leaves a commit alone that changes nothing of the app', async ({
    signal,
  }) => {
    const { clone, apiKey, run, visit } = repository;
    const jobs = ['PASS deploy shop', 'PASS lint-test'];
    const first = await run({ signal });
    expect(first.jobs, first.log).toEqual(jobs);
    expect(await visit()).toBe('shop 1');
    expect(first.log).not.toContain(apiKey);

    clone.commit({ 'server.js': (text) => text.replace('shop 1', 'shop 2') });
    const second = await run({ signal });
    expect(second.jobs, second.log).toEqual(jobs);
    expect(await visit()).toBe('shop 2');

    clone.commit({ 'README.md': () => '# Shop\n' });
    const third = await run({ signal });
    expect(third.jobs, third.log).toEqual(jobs);
    expect(third.log).toMatch(/NOTHING TO DO|UNCHANGED/);
  });
});
