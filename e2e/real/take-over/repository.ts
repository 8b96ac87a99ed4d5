import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox } from '@tozo/sandbox';
import { type Clone, cloneNextTo } from '../pipeline/clone.ts';
import { prepareMachine } from '../pipeline/machine.ts';
import { createPipelineProject, type PipelineProject } from '../pipeline/project.ts';
import { workspace } from '../pipeline/runner.ts';
import type { ToolPackage } from '../pipeline/tool-package.ts';
import { writeFiles } from '../pipeline/write-files.ts';

/** A repository that tozo took over, with the sandbox as its Heroku and its GitLab. */
export interface TakenOver extends PipelineProject, AsyncDisposable {
  /** What `tozo init` printed. */
  readonly said: string;
  readonly clone: Clone;
  readonly apiKey: string;
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
  const sandbox = await startSandbox({ dir: join(outside, 'sandbox'), apps: [app] });
  const { apiKey } = sandbox;
  const { modules, env } = prepareMachine(outside, tool, { HEROKU_API_KEY: { 'production/*': apiKey } });
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, env, encoding: 'utf8' });
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
    const template = 'templates/pipeline.yml';
    writeFiles(component, { [template]: readFileSync(join(workspace, template), 'utf8') });
    writeFiles(env.HOME, {
      '.gitconfig': `[user]\n\tname = Test\n\temail = test@example.com\n[url "${component}"]\n\tinsteadOf = https://gitlab.com:443/tozo/tozo.git\n`,
    });
    git(component, 'init', '-q', '-b', 'main');
    git(component, 'add', '-A');
    git(component, 'commit', '-q', '-m', 'the component');
    git(component, 'tag', tool.locked.version);
  }

  return {
    ...createPipelineProject({ clone, origin, env, sandbox }),
    said,
    clone,
    apiKey,
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
