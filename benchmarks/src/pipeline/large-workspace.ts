import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '@tozo/sandbox';
import { machineEnvironment } from '../../../e2e/real/pipeline/runner.ts';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';

const size = { projects: 200, apps: 20, commits: 30 } as const;
const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const tozo = join(workspace, 'packages/cli/bin/tozo.js');

/** Compares `tozo ci base` and `tozo ci changes` with `nx show projects --affected` in a large workspace, in turns. */
export async function measureLargeWorkspace(rounds: number): Promise<Finding[]> {
  const root = mkdtempSync(join(tmpdir(), 'bench-workspace-'));
  const sandbox = await startSandbox({ services: ['gitlab'] });
  try {
    const [first, head] = writeWorkspace(root);
    for (let app = 0; app < size.apps; app++)
      sandbox.recordJobDeployment({
        environment: `production/app-${app}`,
        sha: first,
        jobId: app + 1,
        pipelineId: 1,
        source: 'push',
        status: 'success',
        startedAt: new Date(1000),
        finishedAt: new Date(2000),
      });
    const env = {
      ...machineEnvironment(),
      NX_DAEMON: 'false',
      CI: 'true',
      CI_API_V4_URL: `${sandbox.urls.gitlab}/api/v4`,
      CI_PROJECT_ID: '1',
      CI_JOB_TOKEN: sandbox.gitlabJobToken,
      CI_COMMIT_SHA: head,
      CI_COMMIT_BRANCH: 'main',
      CI_DEFAULT_BRANCH: 'main',
      CI_PIPELINE_ID: '2',
      CI_PIPELINE_SOURCE: 'push',
    };
    const nx = ['show', 'projects', '--affected', `--base=${first}`];
    const theirs: number[] = [];
    const ours: number[] = [];
    // The first round fills Nx's cache of the project graph, which GitLab's cache keeps in a pipeline.
    for (let round = 0; round <= rounds; round++) {
      const affected = await runCommand(process.execPath, [join(workspace, 'node_modules/.bin/nx'), ...nx], {
        cwd: root,
        env,
      });
      const base = await runCommand(process.execPath, [tozo, 'ci', 'base'], { cwd: root, env });
      const changes = await runCommand(process.execPath, [tozo, 'ci', 'changes', '--out', 'changes.json'], {
        cwd: root,
        env,
      });
      if (base.stdout.trim() !== first)
        throw new Error(`The base is ${base.stdout}, not the deployed commit ${first}.`);
      if (round === 0) continue;
      theirs.push(affected.seconds);
      ours.push(base.seconds + changes.seconds);
    }
    const name = `${size.projects} projects, ${size.apps} apps, ${size.commits} commits`;
    return [
      { name: `${name}: nx show projects --affected, s`, values: theirs, digits: 2 },
      { name: `${name}: tozo ci base and tozo ci changes, s`, values: ours, digits: 2 },
      { name: 'ratio', values: ours.map((seconds, index) => seconds / theirs[index]!), digits: 2, goal: { max: 2 } },
    ];
  } finally {
    await sandbox.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Writes libraries that depend on their predecessor, and apps that depend on one library each. Returns the first and the last commit. */
function writeWorkspace(root: string): [string, string] {
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  const libraries = size.projects - size.apps;
  for (let index = 0; index < libraries; index++) {
    const dependency = index % 9 === 0 ? {} : { [`lib-${index - 1}`]: '*' };
    write(
      `libs/lib-${index}/package.json`,
      JSON.stringify({ name: `lib-${index}`, version: '0.0.0', dependencies: dependency }),
    );
    write(`libs/lib-${index}/index.js`, `export default ${index};\n`);
  }
  for (let index = 0; index < size.apps; index++) {
    const dependencies = { [`lib-${index * 9}`]: '*' };
    write(`apps/app-${index}/package.json`, JSON.stringify({ name: `app-${index}`, version: '0.0.0', dependencies }));
    write(`apps/app-${index}/deploy.json`, JSON.stringify({ app: `app-${index}-live`, processes: { web: {} } }));
    write(`apps/app-${index}/Dockerfile`, 'FROM node:20-slim\nCOPY main.js ./\nCMD ["node", "main.js"]\n');
    write(`apps/app-${index}/main.js`, `console.log(${index});\n`);
  }
  write('package.json', JSON.stringify({ name: 'large', private: true, workspaces: ['apps/*', 'libs/*'] }));
  write('package-lock.json', JSON.stringify({ name: 'large', lockfileVersion: 3, packages: { '': {} } }));
  write('nx.json', JSON.stringify({ plugins: ['@tozo/nx/plugin'], neverConnectToCloud: true, analytics: false }));
  write('.gitignore', 'node_modules\n.nx\nchanges.json\n');
  mkdirSync(join(root, 'node_modules/@tozo'), { recursive: true });
  for (const name of ['nx', '@nx', '@swc-node', '@swc', 'typescript', 'tslib'])
    symlinkSync(join(workspace, 'node_modules', name), join(root, 'node_modules', name));
  symlinkSync(join(workspace, 'packages/nx'), join(root, 'node_modules/@tozo/nx'));
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  const first = git('rev-parse', 'HEAD');
  for (let index = 1; index <= size.commits; index++) {
    // One app is affected, by its own files and by a library.
    write(index % 2 === 0 ? 'apps/app-3/main.js' : 'libs/lib-35/index.js', `export default 'commit ${index}';\n`);
    git('commit', '-q', '-a', '-m', `commit ${index}`);
  }
  return [first, git('rev-parse', 'HEAD')];
}
