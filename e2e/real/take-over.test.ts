import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGuide } from '../src/guides/read-guide.ts';
import { type Clone, cloneNextTo } from './pipeline/clone.ts';
import { linkModules, npm } from './pipeline/monorepo.ts';
import { machineEnvironment, type Pipeline, runnerBlocker, runPipeline, workspace } from './pipeline/runner.ts';
import { createToolPackage, type ToolPackage } from './pipeline/tool-package.ts';

/* The tutorial's repository is taken over by one command, and what that wrote runs as a pipeline, with the sandbox as Heroku. */

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

const server = `import { createServer } from 'node:http';
createServer((request, response) => response.end('shop 1')).listen(process.env.PORT);
`;

const timeout = 600_000;

describe.skipIf(blocker !== undefined)("the tutorial's repository", { timeout }, () => {
  const outside = mkdtempSync(join(tmpdir(), 'tozo-take-over-'));
  const machine = machineEnvironment();
  const env = { ...machine, HOME: join(outside, 'home'), PATH: `${join(outside, 'bin')}:${machine.PATH}` };
  const origin = join(outside, 'origin.git');
  let tool: ToolPackage;
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let clone: Clone;
  let said: string;

  const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, env, encoding: 'utf8' });

  beforeAll(async () => {
    [tool, sandbox] = await Promise.all([
      createToolPackage(join(outside, 'tool')),
      startSandbox({ dir: join(outside, 'sandbox'), apps: ['shop-live'] }),
    ]);
    const modules = join(outside, 'modules');
    linkModules(modules, tool, join(workspace, 'e2e/out/compiled/node_modules/@tozo/nx'));
    const real = execFileSync('which', ['npm'], { env: machine, encoding: 'utf8' }).trim();
    write(join(outside, 'bin/npm'), npm(real, modules));
    chmodSync(join(outside, 'bin/npm'), 0o755);
    write(
      join(env.HOME, '.gitlab-ci-local/variables.yml'),
      JSON.stringify({ global: { HEROKU_API_KEY: { type: 'variable', values: { 'production/*': sandbox.apiKey } } } }),
    );
    await publishComponent();
    git(outside, 'init', '-q', '--bare', '-b', 'main', origin);
    clone = cloneNextTo(origin, env);
    const steps = await readGuide(join(workspace, 'docs/guides/from-the-tutorial.md'));
    const job = steps.find((step) => 'file' in step && step.file === '.gitlab-ci.yml') as { readonly text: string };
    const files: Readonly<Record<string, string>> = {
      '.gitlab-ci.yml': job.text,
      'gitlab.tf': terraform,
      'package.json': JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node server.js' } }),
      'package-lock.json': JSON.stringify({
        lockfileVersion: 3,
        packages: { '': {}, 'node_modules/@tozo/cli': tool.locked },
      }),
      'server.js': server,
      Dockerfile:
        'FROM node:24-slim\nARG CI_COMMIT_SHA\nWORKDIR /app\nCOPY package.json server.js ./\nCMD ["node", "server.js"]\n',
      '.gitignore': 'node_modules\n.gitlab-ci-local\n',
    };
    clone.commit(Object.fromEntries(Object.entries(files).map(([file, text]) => [file, () => text])));
    symlinkSync(modules, join(clone.path, 'node_modules'));
    said = execFileSync(join(modules, '.bin/tozo'), ['init', '--from', '.gitlab-ci.yml', 'gitlab.tf', '--yes'], {
      cwd: clone.path,
      env,
      encoding: 'utf8',
    });
    clone.commit({});
    // Where gitlab-ci-local takes the project to be. It resolves the component's address by it.
    git(clone.path, 'remote', 'add', 'gcl-origin', 'https://gitlab.com/acme/shop.git');
  }, timeout);
  afterAll(async () => {
    await Promise.all([sandbox?.close(), tool?.[Symbol.asyncDispose]()]);
    rmSync(outside, { recursive: true, force: true });
  });

  /** A repository with the component, at the version that init wrote, under the address that it has in public. */
  async function publishComponent(): Promise<void> {
    const component = join(outside, 'component');
    write(join(component, 'templates/pipeline.yml'), readFileSync(join(workspace, 'templates/pipeline.yml'), 'utf8'));
    write(
      join(env.HOME, '.gitconfig'),
      `[user]\n\tname = Test\n\temail = test@example.com\n[url "${component}"]\n\tinsteadOf = https://gitlab.com:443/tozo/tozo.git\n`,
    );
    git(component, 'init', '-q', '-b', 'main');
    git(component, 'add', '-A');
    git(component, 'commit', '-q', '-m', 'the component');
    git(component, 'tag', tool.locked.version);
  }

  async function run(signal: AbortSignal): Promise<Pipeline> {
    git(clone.path, 'push', '-q', '--force', 'origin', 'HEAD:main');
    const { urls, gitlabJobToken } = sandbox;
    const sha = git(clone.path, 'rev-parse', 'HEAD').trim();
    const variables = {
      CI_API_V4_URL: `${urls.gitlab}/api/v4`,
      CI_PROJECT_ID: '1',
      CI_PROJECT_URL: origin.replace(/\.git$/, ''),
      CI_JOB_TOKEN: gitlabJobToken,
      HEROKU_API_URL: urls.heroku,
      HEROKU_REGISTRY_URL: urls.registry,
      TOZO_DOCKER_HUB_MIRROR: urls.hub,
    };
    const pipeline = await runPipeline(clone.path, variables, env, { signal });
    if (pipeline.jobs.includes('PASS deploy shop'))
      await fetch(`${urls.gitlab}/api/v4/projects/1/deployments`, {
        method: 'POST',
        headers: { 'JOB-TOKEN': gitlabJobToken, 'content-type': 'application/json' },
        body: JSON.stringify({ environment: 'production/shop', sha, ref: 'main', tag: false, status: 'success' }),
      });
    return pipeline;
  }
  const visit = async (): Promise<string> => (await fetch(sandbox.appUrl('shop-live')!)).text();

  it('is taken over by one command, line by line', () => {
    expect(said).toMatch(/^Taken over$/m);
    for (const line of [
      'docker login',
      'docker push',
      'curl --fail',
      'resource gitlab_project_variable heroku_api_key',
    ])
      expect(said).toMatch(new RegExp(String.raw`^  \S+:\d+  ${line}.*\n    → `, 'm'));
    expect(JSON.parse(readFileSync(join(clone.path, 'deploy.json'), 'utf8'))).toMatchObject({ app: 'shop-live' });
    expect(readFileSync(join(clone.path, 'infrastructure.ts'), 'utf8')).toContain("variablesScope: '*'");
    expect(readFileSync(join(clone.path, '.gitlab-ci.yml'), 'utf8')).not.toMatch(/docker|curl/);
  });

  it('deploys, deploys a changed line, and leaves a commit alone that changes nothing of the app', async ({
    signal,
  }) => {
    const first = await run(signal);
    expect(first.jobs, first.log).toEqual(['PASS deploy shop', 'PASS lint-test']);
    expect(await visit()).toBe('shop 1');
    expect(first.log).not.toContain(sandbox.apiKey);

    clone.commit({ 'server.js': (text) => text.replace('shop 1', 'shop 2') });
    const second = await run(signal);
    expect(second.jobs, second.log).toEqual(['PASS deploy shop', 'PASS lint-test']);
    expect(await visit()).toBe('shop 2');

    clone.commit({ 'README.md': () => '# Shop\n' });
    const third = await run(signal);
    expect(third.jobs, third.log).toEqual(['PASS deploy shop', 'PASS lint-test']);
    expect(third.log).toMatch(/NOTHING TO DO|UNCHANGED/);
  });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
