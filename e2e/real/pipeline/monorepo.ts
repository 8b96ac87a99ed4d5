import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { type Clone, cloneNextTo } from './clone.ts';
import { machineEnvironment, type Pipeline, runPipeline, type RunOptions, workspace } from './runner.ts';
import { createToolPackage, type ToolPackage } from './tool-package.ts';

/** The apps of the repository, each with its Heroku app in the sandbox. */
export const apps = ['api', 'shop', 'web'] as const;
export type App = (typeof apps)[number];

/**
 * A small monorepo with three apps and the five lines of the README in its .gitlab-ci.yml, and the services that its pipelines
 * use: a sandbox for Heroku and GitLab, and the registry that the tool comes from.
 */
export interface Monorepo extends AsyncDisposable {
  readonly clone: Clone;
  readonly tool: ToolPackage;
  readonly sandbox: Sandbox;
  /** Files here aren't part of a clone. */
  readonly outside: string;
  /** The directory with the packages that an installation would bring. */
  readonly modules: string;
  /** The environment of the runner's processes. */
  readonly environment: NodeJS.ProcessEnv;
  /** The CI/CD variables of every job. */
  readonly variables: Readonly<Record<string, string>>;
  /** The text of templates/pipeline.yml. */
  readonly template: string;
  /** Runs a pipeline for the current commit, and records its deployments as GitLab does. */
  readonly run: (options: RunOptions) => Promise<Pipeline>;
  /** Returns what the app responds. Undefined if it was never deployed. */
  readonly visit: (app: string) => Promise<string | undefined>;
}

/** What differs from a repository with three small apps. */
export interface MonorepoOptions {
  readonly apps?: readonly string[];
  /** The files of an app, in place of those of a small one. */
  readonly filesOf?: (app: string) => Readonly<Record<string, string>>;
  /** The files of the repository, in addition or in place of its own. */
  readonly files?: Readonly<Record<string, string>>;
  /** The directory of the compiled package @tozo/nx. */
  readonly nxPackage?: string;
  /** The services and a project of their GitLab. Default: those of a new sandbox that has the apps. */
  readonly services?: { readonly sandbox: Sandbox; readonly projectId: string };
  /** The project's CI/CD variables: their values by environment scope. Default: the API key for production. */
  readonly ciVariables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The lines of the README. */
const gitlabCi = `include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/pipeline@$CI_COMMIT_SHA
  - local: .gitlab/deploy.yml
`;

/**
 * An npm whose `npm ci` links the packages of the repository, which would take minutes, and runs its install script as npm
 * does. With --prefix or --omit=dev, for an image, it's npm itself.
 */
export const npm = (real: string, modules: string): string => `#!/bin/bash
if [[ $1 != ci || " $* " == *" --prefix "* || " $* " == *" --omit=dev "* ]]; then exec ${real} "$@"; fi
ln -s ${modules} node_modules
if [[ " $* " != *" --ignore-scripts "* ]]; then ${real} run --silent --if-present postinstall; fi
`;

const server = (text: string): string => `import { createServer } from 'node:http';
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
createServer((request, response) => response.writeHead(200, headers).end('${text}')).listen(process.env.PORT);
`;

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY dist ./
CMD ["node", "server.js"]
`;

export const buildScript = `import { cpSync, mkdirSync } from 'node:fs';
mkdirSync('dist', { recursive: true });
cpSync('src', 'dist', { recursive: true });
`;

export function smallApp(app: string): Record<string, string> {
  const health = { path: '/', versionHeader: 'x-source-digest', holdSeconds: 0.2, timeoutSeconds: 60 };
  const target = { cache: true, inputs: ['{projectRoot}/**/*', '!{projectRoot}/dist/**/*'] };
  const manifest = {
    name: app,
    version: '0.0.0',
    type: 'module',
    scripts: { build: 'node build.js', test: 'node test.js' },
    nx: { targets: { build: { ...target, outputs: ['{projectRoot}/dist'] }, test: target } },
  };
  return {
    [`apps/${app}/package.json`]: JSON.stringify(manifest),
    [`apps/${app}/deploy.json`]: JSON.stringify({ app: `${app}-live`, processes: { web: { health } } }),
    [`apps/${app}/Dockerfile`]: dockerfile,
    [`apps/${app}/build.js`]: buildScript,
    [`apps/${app}/test.js`]: `console.log('tests of ${app} pass');\n`,
    [`apps/${app}/src/server.js`]: server(`${app} 1`),
    [`apps/${app}/src/package.json`]: JSON.stringify({ type: 'module' }),
  };
}

/** Makes a directory with the packages that an installation would bring. */
export function linkModules(directory: string, tool: ToolPackage, nxPackage: string): void {
  const installed = join(workspace, 'node_modules');
  const link = (from: string, to: string): void => {
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(from, to);
  };
  for (const name of readdirSync(installed))
    if (!['.bin', '@tozo'].includes(name)) link(join(installed, name), join(directory, name));
  link(join(installed, '.bin/nx'), join(directory, '.bin/nx'));
  link(join(tool.directory, 'bin/tozo.js'), join(directory, '.bin/tozo'));
  link(tool.directory, join(directory, '@tozo/cli'));
  link(nxPackage, join(directory, '@tozo/nx'));
}

export async function createMonorepo({
  apps: names = apps,
  filesOf = smallApp,
  files = {},
  nxPackage = join(workspace, 'e2e/out/compiled/node_modules/@tozo/nx'),
  services,
  ciVariables,
}: MonorepoOptions = {}): Promise<Monorepo> {
  const outside = mkdtempSync(join(tmpdir(), 'tozo-monorepo-'));
  const [tool, sandbox] = await Promise.all([
    createToolPackage(join(outside, 'tool')),
    services?.sandbox ?? startSandbox({ dir: join(outside, 'sandbox'), apps: names.map((app) => `${app}-live`) }),
  ]);
  const projectId = services?.projectId ?? '1';
  const modules = join(outside, 'modules');
  linkModules(modules, tool, nxPackage);

  const machine = machineEnvironment();
  const bin = join(outside, 'bin');
  const real = execFileSync('which', ['npm'], { env: machine, encoding: 'utf8' }).trim();
  writeFiles(bin, { npm: npm(real, modules) });
  chmodSync(join(bin, 'npm'), 0o755);
  const env = { ...machine, HOME: join(outside, 'home'), PATH: `${bin}:${machine.PATH}` };
  mkdirSync(join(env.HOME, '.gitlab-ci-local'), { recursive: true });
  // GitLab passes a variable with a scope to the jobs of its environments only.
  const values = ciVariables ?? { HEROKU_API_KEY: { 'production/*': sandbox.apiKey } };
  const global = Object.fromEntries(Object.entries(values).map(([key, of]) => [key, { type: 'variable', values: of }]));
  writeFileSync(join(env.HOME, '.gitlab-ci-local/variables.yml'), JSON.stringify({ global }));

  const template = readFileSync(join(workspace, 'templates/pipeline.yml'), 'utf8');
  const origin = join(outside, 'origin.git');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', origin], { env });
  const clone = cloneNextTo(origin, env);
  const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/@tozo/cli': tool.locked } };
  writeFiles(clone.path, {
    ...Object.assign({}, ...names.map(filesOf)),
    '.gitignore': 'node_modules\n.nx\ndist\n.gitlab-ci-local\n',
    '.gitlab-ci.yml': gitlabCi,
    'package.json': JSON.stringify({ name: 'monorepo', private: true, workspaces: ['apps/*'] }),
    'package-lock.json': JSON.stringify(lock),
    'nx.json': JSON.stringify({ plugins: ['@tozo/nx/plugin'], neverConnectToCloud: true, analytics: false }),
    'templates/pipeline.yml': template,
    ...files,
  });
  symlinkSync(modules, join(clone.path, 'node_modules'));
  clone.git('add', '-A');
  execFileSync(join(modules, '.bin/tozo'), ['ci', 'pipeline'], { cwd: clone.path, env });
  clone.commit({});

  const { urls, gitlabJobToken } = sandbox;
  const variables = {
    CI_API_V4_URL: `${urls.gitlab}/api/v4`,
    CI_PROJECT_ID: projectId,
    CI_PROJECT_URL: origin.replace(/\.git$/, ''),
    CI_JOB_TOKEN: gitlabJobToken,
    HEROKU_API_URL: urls.heroku,
    HEROKU_REGISTRY_URL: urls.registry,
    TOZO_DOCKER_HUB_MIRROR: urls.hub,
  };
  return {
    clone,
    tool,
    sandbox,
    outside,
    modules,
    environment: env,
    variables,
    template,
    async run(options) {
      const sha = clone.git('rev-parse', 'HEAD');
      clone.git('push', '-q', '--force', 'origin', 'HEAD:main');
      const pipeline = await runPipeline(clone.path, variables, env, options);
      for (const job of pipeline.jobs) await recordDeployment(job, sha);
      return pipeline;
    },
    async visit(app) {
      const response = await fetch(sandbox.appUrl(`${app}-live`) ?? '').catch(() => undefined);
      return response?.ok ? response.text() : undefined;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([services ? undefined : sandbox.close(), tool[Symbol.asyncDispose]()]);
      rmSync(outside, { recursive: true, force: true });
    },
  };

  /** A job with an environment is a deployment. GitLab calls one with an allowed exit code failed. */
  async function recordDeployment(line: string, sha: string): Promise<void> {
    const [, result, app] = /^(PASS|WARN|FAIL) deploy (\S+)$/.exec(line) ?? [];
    if (app === undefined) return;
    const status = result === 'PASS' ? 'success' : 'failed';
    const response = await fetch(`${urls.gitlab}/api/v4/projects/${projectId}/deployments`, {
      method: 'POST',
      headers: { 'JOB-TOKEN': gitlabJobToken, 'content-type': 'application/json' },
      body: JSON.stringify({ environment: `production/${app}`, sha, ref: 'main', tag: false, status }),
    });
    if (!response.ok) throw new Error(`The deployment of ${app} can't be recorded: ${await response.text()}`);
  }
}

function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
}
