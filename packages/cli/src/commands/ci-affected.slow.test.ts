import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emptyTree } from '@tozo/gitlab-ci';
import { startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';

const installed = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const program = fileURLToPath(new URL('../../bin/tozo.js', import.meta.url));

/** A workspace of Nx with two apps, whose build writes down that it ran. */
class Workspace {
  readonly path = mkdtempSync(join(tmpdir(), 'tozo-affected-'));

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    this.git('init', '-q', '-b', 'main');
    symlinkSync(installed, join(this.path, 'node_modules'));
    this.write('nx.json', JSON.stringify({ neverConnectToCloud: true, analytics: false }));
    this.write('package.json', '{"name": "workspace", "private": true}');
    this.write('.gitignore', 'node_modules\n.nx\n.tozo\nbuilt.txt\ndist\n');
    this.write('.nxignore', 'static\n');
    const build = { command: 'echo {projectName} >> built.txt', cache: true };
    for (const app of ['shop', 'till']) {
      this.write(`apps/${app}/project.json`, JSON.stringify({ name: app, targets: { build } }));
      this.write(`apps/${app}/deploy.json`, JSON.stringify({ app: `${app}-live`, processes: { web: {} } }));
      this.write(`apps/${app}/Dockerfile`, 'FROM node:20-slim\nCOPY . ./\nCMD ["node", "main.js"]\n');
    }
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: this.path, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), text);
  }

  commit(file: string, text: string): string {
    this.write(file, text);
    this.git('add', '-A');
    this.git('add', '-f', file);
    return this.commitIndex();
  }

  /** Adds a submodule, or moves it to HEAD. */
  moveSubmodule(path: string): string {
    this.git('update-index', '--add', '--cacheinfo', `160000,${this.git('rev-parse', 'HEAD')},${path}`);
    return this.commitIndex();
  }

  commitIndex(): string {
    this.git('commit', '-q', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  async tozo(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
    const node = ['--conditions=@tozo/source', `--import=${import.meta.resolve('tsx')}`, program];
    const child = spawn(process.execPath, [...node, ...args], {
      cwd: this.path,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NX_DAEMON: 'false',
        NX_ISOLATE_PLUGINS: 'false',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }
}

const ignoredSubmodule = '[submodule "theme"]\n\tpath = apps/shop/theme\n\turl = ../theme\n\tignore = all\n';

test('runs and deploys what git tracks and nx affected does not count', { timeout: 300_000 }, async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  const workspace = new Workspace();
  workspace.commit('.gitmodules', ignoredSubmodule);
  workspace.commit('apps/shop/dist/a.js', '1');
  expect(await workspace.tozo(['ci', 'pipeline'], {})).toMatchObject({ code: 0 });
  workspace.git('add', '.gitlab');
  const first = workspace.moveSubmodule('apps/shop/theme');
  const time = new Date(1000);
  const job = { pipelineId: 1, source: 'push', status: 'success' as const, startedAt: time, finishedAt: time };
  for (const [index, app] of ['shop', 'till'].entries())
    sandbox.recordJobDeployment({ ...job, jobId: index + 1, environment: `production/${app}`, sha: first });

  /** Runs a command in a job for HEAD. Returns its output. */
  async function run(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const ran = await workspace.tozo(['ci', ...args], {
      CI: 'true',
      CI_API_V4_URL: `${sandbox.urls.gitlab}/api/v4`,
      CI_PROJECT_ID: '1',
      CI_JOB_TOKEN: sandbox.gitlabJobToken,
      CI_COMMIT_SHA: workspace.git('rev-parse', 'HEAD'),
      CI_COMMIT_BRANCH: 'main',
      CI_DEFAULT_BRANCH: 'main',
      CI_PIPELINE_SOURCE: 'push',
      ...variables,
    });
    expect(ran, ran.output).toMatchObject({ code: 0 });
    return ran.output;
  }

  /** Runs lint-test for HEAD. Returns its note, what was built, and the commit of the shop's last change. */
  async function affected(variables: NodeJS.ProcessEnv = {}) {
    workspace.write('built.txt', '');
    await run(['affected', 'build', '--out', '.tozo'], variables);
    const { apps } = JSON.parse(workspace.read('.tozo/changes.json')) as {
      apps: Record<string, { changedAt?: string }>;
    };
    const [explanation = '', ...names] = workspace.read('.tozo/affected.txt').trimEnd().split('\n');
    const note = explanation.split('; ')[1] ?? '';
    return { note, names, built: workspace.read('built.txt'), changedAt: apps['apps/shop']?.changedAt };
  }

  const commits: [string, () => string][] = [
    ['apps/shop/ä', () => workspace.commit('apps/shop/ä', '1')],
    ['apps/shop/static/a.css', () => workspace.commit('apps/shop/static/a.css', '1')],
    ['apps/shop/dist/a.js', () => workspace.commit('apps/shop/dist/a.js', '2')],
    ['apps/shop/theme', () => workspace.moveSubmodule('apps/shop/theme')],
  ];
  for (const [file, commit] of commits) {
    workspace.git('reset', '-q', '--hard', first);
    const changedAt = commit();
    const note = `nx affected doesn't count the change of "${file}"`;
    expect(await affected()).toEqual({ note, names: ['shop'], built: 'shop\n', changedAt });
    expect(await run(['base'])).toContain(`affected base ${emptyTree}: treating every project as affected`);
  }

  // The same hash as for the other content, whose results aren't in Nx's cache.
  workspace.git('reset', '-q', '--hard', first);
  workspace.commit('apps/shop/dist/a.js', '2');
  await affected();
  workspace.git('revert', '--no-edit', 'HEAD');
  expect(await affected()).toMatchObject({ names: ['shop'], built: 'shop\n' });

  workspace.git('reset', '-q', '--hard', first);
  workspace.commit('apps/shop/ä', '1');
  const mergeRequest = { CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_DIFF_BASE_SHA: first };
  expect(await affected({ ...mergeRequest, CI_COMMIT_BRANCH: '' })).toMatchObject({ names: ['shop'], built: 'shop\n' });

  workspace.git('reset', '-q', '--hard', first);
  const changedAt = workspace.commit('apps/shop/main.js', '1');
  expect(await affected()).toEqual({ note: '', names: ['shop'], built: 'shop\n', changedAt });

  // The same hash again, in a pipeline that builds every project.
  workspace.commit('apps/shop/dist/a.js', '2');
  const { names, built } = await affected({ CI_PIPELINE_SOURCE: 'web' });
  expect([names, built.trim().split('\n').toSorted()]).toEqual([
    ['shop', 'till'],
    ['shop', 'till'],
  ]);
});
