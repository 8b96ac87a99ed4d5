import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatChanges } from '@tozo/gitlab-ci';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { cleanEnvironment, runTozoInProcess } from '../src/testing/tozo.ts';

/** GitLab numbers all jobs of an instance. */
let lastJob = 100;

/** One app whose deploy job runs in this process, each time as on a new runner: only GitLab and the registry remember. */
class ShopWithJobs {
  readonly shop: Shop;
  readonly sandbox: Sandbox;
  readonly state: string;
  changedAt: string | undefined;
  #second = 0;

  constructor(shop: Shop, sandbox: Sandbox, state: string) {
    this.shop = shop;
    this.sandbox = sandbox;
    this.state = state;
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
    return execFileSync('git', [...identity, ...args], {
      cwd: this.shop.directory,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  }

  commit(message: string): string {
    this.git('add', '.');
    this.git('commit', '-q', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  async greet(greeting: string): Promise<string> {
    await this.shop.edit('server.js', (content) => content.replace(/greeting: '\w+'/, `greeting: '${greeting}'`));
    return (this.changedAt = this.commit(greeting));
  }

  /** Runs the job of the commit that is checked out, and records its deployment as GitLab does. */
  async job(pipelineId: number, env: NodeJS.ProcessEnv = {}) {
    const commit = this.git('rev-parse', 'HEAD');
    const changes = join(this.state, 'changes.json');
    const app = { project: this.shop.name, ...(this.changedAt ? { changedAt: this.changedAt } : {}) };
    writeFileSync(changes, formatChanges({ version: 1, commit, apps: { '.': app } }));
    const { urls, apiKey, gitlabJobToken } = this.sandbox;
    const jobId = (lastJob += 1);
    const record = { environment: `production/${this.shop.name}`, sha: commit, jobId, pipelineId };
    const startedAt = new Date((this.#second += 10) * 1000);
    this.sandbox.recordJobDeployment({ ...record, status: 'running', startedAt });
    const before = this.sandbox.journal.entries().length;
    const result = await runTozoInProcess(['ci', 'deploy', '--changes', changes, '--format', 'plain'], {
      cwd: this.shop.directory,
      env: cleanEnvironment({
        CI: 'true',
        CI_API_V4_URL: `${urls.gitlab}/api/v4`,
        CI_PROJECT_ID: '1',
        CI_JOB_TOKEN: gitlabJobToken,
        CI_COMMIT_SHA: commit,
        CI_COMMIT_BRANCH: 'main',
        CI_DEFAULT_BRANCH: 'main',
        CI_ENVIRONMENT_NAME: record.environment,
        CI_JOB_ID: String(jobId),
        CI_PIPELINE_ID: String(pipelineId),
        CI_PIPELINE_SOURCE: 'push',
        HEROKU_API_KEY: apiKey,
        HEROKU_API_URL: urls.heroku,
        HEROKU_REGISTRY_URL: urls.registry,
        TOZO_DOCKER_HUB_MIRROR: urls.hub,
        HEROKU_APP: this.shop.name,
        XDG_STATE_HOME: join(this.state, String(jobId)),
        XDG_CACHE_HOME: join(this.state, 'cache'),
        ...env,
      }),
    });
    const finishedAt = new Date((this.#second += 10) * 1000);
    this.sandbox.recordJobDeployment({
      ...record,
      status: result.code === 0 ? 'success' : 'failed',
      startedAt,
      finishedAt,
    });
    return { ...result, requests: this.sandbox.journal.entries().slice(before) };
  }

  async visit(): Promise<string> {
    const response = await fetch(this.sandbox.appUrl(this.shop.name)!);
    return ((await response.json()) as { greeting: string }).greeting;
  }
}

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

async function newShop(): Promise<ShopWithJobs & AsyncDisposable> {
  const shop = await createShop();
  await sandbox.createApp(shop.name);
  const jobs = new ShopWithJobs(shop, sandbox, join(shop.directory, '..'));
  jobs.git('init', '-q', '-b', 'main');
  jobs.changedAt = jobs.commit('hello');
  return Object.assign(jobs, { [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() });
}

test(
  'a job deploys, has nothing to do, puts back, keeps that, and is outdated (faults 125, 126, 127, gitlab)',
  { timeout: 300_000 },
  async () => {
    await using jobs = await newShop();
    const first = await jobs.job(1);
    expect(first.stdout, first.stderr).toMatch(/^DEPLOY \S+ → production\/\S+: nothing was deployed to \S+ yet\n/);
    expect(first.code).toBe(0);
    const start = jobs.git('rev-parse', 'HEAD');

    jobs.commit('docs');
    const nothing = await jobs.job(2);
    expect(nothing).toMatchObject({ code: 0, stdout: expect.stringMatching(/^NOTHING TO DO /) });
    expect(nothing.requests.length).toBeLessThanOrEqual(3);

    await jobs.greet('welcome');
    expect((await jobs.job(3)).stdout).toMatch(/^DEPLOY [\s\S]*\nLIVE v\d+/);
    expect(await jobs.visit()).toBe('welcome');

    // The artifacts of the first pipeline have expired, and its checkout has nothing that was built.
    const changedAt = jobs.changedAt;
    jobs.changedAt = undefined;
    jobs.git('checkout', '-q', start);
    await rm(join(jobs.shop.directory, 'assets'), { recursive: true });
    const putBack = await jobs.job(1);
    expect(putBack.stdout, putBack.stderr).toMatch(/^RE-DEPLOY .* is put back: [\s\S]*\nLIVE v\d+/);
    expect(await jobs.visit()).toBe('hello');

    jobs.git('checkout', '-q', '--force', 'main');
    jobs.changedAt = changedAt;
    jobs.commit('more docs');
    const kept = await jobs.job(4);
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PUT BACK .* RUNS \w{8}, NOT \w{8}: /) });
    expect(await jobs.visit()).toBe('hello');

    await jobs.greet('goodbye');
    expect((await jobs.job(5)).code).toBe(0);
    expect(await jobs.visit()).toBe('goodbye');

    jobs.git('checkout', '-q', 'main~1');
    const outdated = await jobs.job(6);
    expect(outdated).toMatchObject({
      code: 75,
      stdout: expect.stringMatching(/^OUTDATED .* has already got to \w{8}/),
    });
    expect(await jobs.visit()).toBe('goodbye');
  },
);

test(
  "what was rolled back isn't tried again until the app changes, on another machine, too",
  { timeout: 300_000 },
  async () => {
    await using jobs = await newShop();
    expect((await jobs.job(1)).code).toBe(0);
    const config = JSON.stringify({
      processes: { web: { health: { path: '/health', status: 204, holdSeconds: 0.2, timeoutSeconds: 5 } } },
    });
    await jobs.shop.write('deploy.json', config);
    await jobs.greet('broken');
    const broken = await jobs.job(2);
    expect(broken.code, broken.stdout).toBe(3);
    jobs.commit('docs');
    const held = await jobs.job(3);
    expect(held).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^HELD BACK .* was unhealthy and was rolled back/),
    });
    expect(await jobs.visit()).toBe('hello');
  },
);

test('refuses merge requests and places outside GitLab before any request', async () => {
  const run = (env: NodeJS.ProcessEnv) => runTozoInProcess(['ci', 'deploy'], { cwd: '/', env: cleanEnvironment(env) });
  expect(await run({ CI_PIPELINE_SOURCE: 'merge_request_event', CI_COMMIT_SHA: 'a'.repeat(40) })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^A merge request pipeline never deploys\./),
  });
  expect(await run({})).toMatchObject({ code: 2, stderr: expect.stringMatching(/^CI_COMMIT_SHA isn't set/) });
});
