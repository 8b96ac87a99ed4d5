import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startSandbox } from '@tozo/sandbox';
import { type Clone, cloneNextTo } from '../pipeline/clone.ts';
import { linkModules, npm } from '../pipeline/monorepo.ts';
import { machineEnvironment, type Pipeline, runPipeline, workspace } from '../pipeline/runner.ts';
import type { ToolPackage } from '../pipeline/tool-package.ts';

/** A repository that tozo took over, with the sandbox as its Heroku and its GitLab. */
export interface TakenOver extends AsyncDisposable {
  /** What `tozo init` printed. */
  readonly said: string;
  readonly clone: Clone;
  readonly apiKey: string;
  /** Pushes to main and runs the pipeline. */
  readonly run: (signal: AbortSignal) => Promise<Pipeline>;
  /** Returns what the app responds. */
  readonly visit: () => Promise<string>;
}

/** The app on Heroku. */
const app = 'shop-live';

/**
 * Commits files as another tool deploys them, and runs `tozo init --from` in their repository.
 * @param outside gets the repository and all that it needs
 * @param from the files to take over
 */
export async function takeOverRepository(
  outside: string,
  tool: ToolPackage,
  files: Readonly<Record<string, string>>,
  from: readonly string[],
): Promise<TakenOver> {
  const machine = machineEnvironment();
  const env = { ...machine, HOME: join(outside, 'home'), PATH: `${join(outside, 'bin')}:${machine.PATH}` };
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, env, encoding: 'utf8' });
  const sandbox = await startSandbox({ dir: join(outside, 'sandbox'), apps: [app] });
  const { urls, apiKey, gitlabJobToken } = sandbox;

  const modules = join(outside, 'modules');
  linkModules(modules, tool, join(workspace, 'e2e/out/compiled/node_modules/@tozo/nx'));
  const real = execFileSync('which', ['npm'], { env: machine, encoding: 'utf8' }).trim();
  write(join(outside, 'bin/npm'), npm(real, modules));
  chmodSync(join(outside, 'bin/npm'), 0o755);
  write(
    join(env.HOME, '.gitlab-ci-local/variables.yml'),
    JSON.stringify({ global: { HEROKU_API_KEY: { type: 'variable', values: { 'production/*': apiKey } } } }),
  );
  publishComponent();

  const origin = join(outside, 'origin.git');
  git(outside, 'init', '-q', '--bare', '-b', 'main', origin);
  const clone = cloneNextTo(origin, env);
  const all = { ...files, ...manifests(tool), '.gitignore': 'node_modules\n.gitlab-ci-local\n' };
  clone.commit(Object.fromEntries(Object.entries(all).map(([file, text]) => [file, () => text])));
  symlinkSync(modules, join(clone.path, 'node_modules'));
  const tozo = (...args: string[]): string =>
    execFileSync(join(modules, '.bin/tozo'), args, { cwd: clone.path, env, encoding: 'utf8' });
  const said = tozo('init', '--from', ...from, '--yes');
  clone.commit({});
  if (said.includes('For Heroku, set "app" in deploy.json')) {
    clone.commit({ 'deploy.json': (text) => JSON.stringify({ app, ...(JSON.parse(text) as object) }) });
    tozo('ci', 'pipeline');
    clone.commit({});
  }
  // Where gitlab-ci-local takes the project to be. It resolves the component's address by it.
  git(clone.path, 'remote', 'add', 'gcl-origin', 'https://gitlab.com/acme/shop.git');

  /** A repository with the component, at the version that init wrote, under the address that it has in public. */
  function publishComponent(): void {
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

  return {
    said,
    clone,
    apiKey,
    run: async (signal) => {
      git(clone.path, 'push', '-q', '--force', 'origin', 'HEAD:main');
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
    },
    visit: async () => (await fetch(sandbox.appUrl(app)!)).text(),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

/** The command is a devDependency that's locked already. */
function manifests({ locked }: ToolPackage): Record<string, string> {
  const manifest = { name: 'shop', version: '1.0.0', devDependencies: { '@tozo/cli': locked.version } };
  const packages = { '': manifest, 'node_modules/@tozo/cli': { ...locked, dev: true } };
  return {
    'package.json': JSON.stringify({ ...manifest, type: 'module', scripts: { start: 'node server.js' } }),
    'package-lock.json': JSON.stringify({ ...manifest, lockfileVersion: 3, requires: true, packages }),
  };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
