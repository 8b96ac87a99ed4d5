import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';

const installed = fileURLToPath(new URL('../../node_modules', import.meta.url));
const compiled = fileURLToPath(new URL('../out/compiled/node_modules/@tozo/nx', import.meta.url));
const apps = ['api', 'shop', 'web'] as const;

/** A workspace of Nx with three apps. The shop depends on a library. */
class Workspace {
  readonly path = mkdtempSync(join(tmpdir(), 'tozo-app-changes-'));

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    for (const name of ['nx', '@nx', '@swc-node', '@swc', 'typescript', 'tslib'])
      this.#link(join(installed, name), `node_modules/${name}`);
    this.#link(compiled, 'node_modules/@tozo/nx');
    this.git('init', '-q', '-b', 'main');
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: this.path, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  commit(files: Readonly<Record<string, unknown>>): string {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, file)), { recursive: true });
      writeFileSync(join(this.path, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    this.git('add', '-A');
    this.git('commit', '-q', '-m', Object.keys(files).join(', '));
    return this.git('rev-parse', 'HEAD');
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  #link(from: string, to: string): void {
    mkdirSync(dirname(join(this.path, to)), { recursive: true });
    symlinkSync(from, join(this.path, to));
  }
}

const filesOf = (app: string, dependencies: Readonly<Record<string, string>> = {}): Record<string, unknown> => ({
  [`apps/${app}/package.json`]: { name: app, version: '0.0.0', dependencies },
  [`apps/${app}/deploy.json`]: { app: `${app}-live`, processes: { web: {} } },
  [`apps/${app}/Dockerfile`]: 'FROM node:20-slim\nCOPY main.js ./\nCMD ["node", "main.js"]\n',
  [`apps/${app}/main.js`]: 'console.log(1);\n',
});

/** A plugin that counts how often Nx computes the project graph. */
const countGraphs = `exports.createNodesV2 = ['nx.json', () => {
  require('node:fs').appendFileSync(__dirname + '/graphs.txt', 'one\\n');
  return [];
}];
`;

const lock = (version: string): object => ({
  name: 'workspace',
  lockfileVersion: 3,
  packages: {
    '': { name: 'workspace', workspaces: ['apps/*', 'libs/*'] },
    'node_modules/left': {
      version,
      resolved: `https://registry.example/left-${version}.tgz`,
      integrity: 'sha512-AA==',
    },
  },
});

test("each app's last change, by the project graph of Nx", { timeout: 600_000 }, async () => {
  const workspace = new Workspace();
  const first = workspace.commit({
    ...filesOf('api'),
    ...filesOf('shop', { util: '*' }),
    ...filesOf('web'),
    'libs/util/package.json': { name: 'util', version: '0.0.0' },
    'libs/util/index.js': 'export default 1;\n',
    'package.json': { name: 'workspace', private: true, workspaces: ['apps/*', 'libs/*'] },
    'package-lock.json': lock('1.0.0'),
    'nx.json': { plugins: ['@tozo/nx/plugin', './count.cjs'], neverConnectToCloud: true, analytics: false },
    'count.cjs': countGraphs,
    '.gitignore': 'node_modules\n.nx\nchanges.json\n.tozo\ngraphs.txt\n',
  });
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  for (const [index, app] of apps.entries()) {
    const startedAt = new Date(1000);
    const job = {
      jobId: index + 1,
      pipelineId: 1,
      source: 'push',
      status: 'success' as const,
      startedAt,
      finishedAt: startedAt,
    };
    sandbox.recordJobDeployment({ ...job, environment: `production/${app}`, sha: first });
  }

  const run = (...args: string[]) =>
    runTozo(args, {
      cwd: workspace.path,
      env: cleanEnvironment({
        CI: 'true',
        CI_API_V4_URL: `${sandbox.urls.gitlab}/api/v4`,
        CI_PROJECT_ID: '1',
        CI_JOB_TOKEN: sandbox.gitlabJobToken,
        CI_COMMIT_SHA: workspace.git('rev-parse', 'HEAD'),
        CI_COMMIT_BRANCH: 'main',
        CI_DEFAULT_BRANCH: 'main',
        CI_PIPELINE_SOURCE: 'push',
        NX_DAEMON: 'false',
        NX_ISOLATE_PLUGINS: 'false',
      }),
    });

  /** Runs the command as lint-test does. Returns the commit of each app's last change. */
  async function changes(): Promise<Record<string, string | undefined>> {
    const ran = await run('ci', 'changes', '--out', 'changes.json');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    return readChanges('changes.json');
  }

  function readChanges(file: string): Record<string, string | undefined> {
    const { apps: found } = JSON.parse(workspace.read(file)) as {
      readonly apps: Readonly<Record<string, { readonly changedAt?: string }>>;
    };
    return Object.fromEntries(apps.map((app) => [app, found[`apps/${app}`]?.changedAt]));
  }

  const library = workspace.commit({ 'libs/util/index.js': 'export default 2;\n' });
  const own = workspace.commit({ 'apps/api/main.js': 'console.log(2);\n' });
  workspace.commit({ 'docs/guide.md': 'A word.\n' });
  expect(await changes()).toEqual({ api: own, shop: library, web: first });

  const packages = workspace.commit({ 'package-lock.json': lock('1.0.1') });
  workspace.commit({ 'docs/guide.md': 'Another word.\n' });
  expect(await changes()).toEqual({ api: packages, shop: packages, web: packages });

  const stale = await run('ci', 'affected', 'build', '--out', '.tozo');
  expect(stale.code, stale.stderr).toBe(1);
  expect(stale.stderr).toContain('Run tozo ci pipeline');
  expect(await run('ci', 'pipeline')).toMatchObject({ code: 0 });
  workspace.git('add', '-A');
  rmSync(join(workspace.path, 'graphs.txt'));
  const affected = await run('ci', 'affected', 'build', '--out', '.tozo');
  expect(affected, affected.stderr).toMatchObject({ code: 0 });
  expect(workspace.read('graphs.txt')).toBe('one\n');
  expect(workspace.read('.tozo/affected.txt').split('\n').slice(1)).toEqual(['api', 'shop', 'util', 'web', '']);
  expect(readChanges('.tozo/changes.json')).toEqual({ api: packages, shop: packages, web: packages });

  // The change may be live by the time of the deploy, so what was changed back is built, too (fault 125, gitlab).
  workspace.git('reset', '-q', '--hard', own);
  workspace.commit({ 'apps/web/main.js': 'console.log(3);\n' });
  workspace.git('revert', '--no-edit', 'HEAD');
  const reverted = await run('ci', 'affected', 'build', '--out', '.tozo');
  expect(reverted.stderr).toContain('changed back');
  expect(workspace.read('.tozo/affected.txt').split('\n').slice(1)).toEqual(['api', 'shop', 'util', 'web', '']);
});
