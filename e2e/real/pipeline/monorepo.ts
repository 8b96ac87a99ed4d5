import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { type Clone, cloneNextTo } from './clone.ts';
import { type CiVariables, type Machine, prepareMachine } from './machine.ts';
import { createPipelineProject, type PipelineProject } from './project.ts';
import { workspace } from './runner.ts';
import { createToolPackage, type ToolPackage } from './tool-package.ts';
import { writeFiles } from './write-files.ts';

/** The apps of the repository, each with its Heroku app in the sandbox. */
export const apps = ['api', 'shop', 'web'] as const;
export type App = (typeof apps)[number];

/**
 * A small monorepo with three apps and the five lines of the README in its .gitlab-ci.yml, and the services that its pipelines
 * use: a sandbox for Heroku and GitLab, and the registry that the tool comes from.
 */
export interface Monorepo extends PipelineProject, AsyncDisposable {
  readonly clone: Clone;
  readonly tool: ToolPackage;
  readonly sandbox: Sandbox;
  /** Files here aren't part of a clone. */
  readonly outside: string;
  /** The directory with the packages that an installation would bring. */
  readonly modules: string;
  /** The environment of the runner's processes. */
  readonly environment: Machine['env'];
  /** The text of templates/pipeline.yml. */
  readonly template: string;
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
  /** Default: the API key for production. */
  readonly ciVariables?: CiVariables;
}

/** The lines of the README. */
const gitlabCi = `include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/pipeline@$CI_COMMIT_SHA
  - local: .gitlab/deploy.yml
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

const buildScript = `import { cpSync, mkdirSync } from 'node:fs';
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

export async function createMonorepo({
  apps: names = apps,
  filesOf = smallApp,
  files = {},
  nxPackage,
  services,
  ciVariables,
}: MonorepoOptions = {}): Promise<Monorepo> {
  const outside = mkdtempSync(join(tmpdir(), 'tozo-monorepo-'));
  const [tool, sandbox] = await Promise.all([
    createToolPackage(join(outside, 'tool')),
    services?.sandbox ?? startSandbox({ dir: join(outside, 'sandbox'), apps: names.map((app) => `${app}-live`) }),
  ]);
  const key = { HEROKU_API_KEY: { 'production/*': sandbox.apiKey } };
  const { modules, env } = prepareMachine(outside, tool, ciVariables ?? key, nxPackage);

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

  return {
    ...createPipelineProject({ clone, origin, env, sandbox, projectId: services?.projectId }),
    clone,
    tool,
    sandbox,
    outside,
    modules,
    environment: env,
    template,
    async visit(app) {
      const response = await fetch(sandbox.appUrl(`${app}-live`) ?? '').catch(() => undefined);
      return response?.ok ? response.text() : undefined;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([services ? undefined : sandbox.close(), tool[Symbol.asyncDispose]()]);
      rmSync(outside, { recursive: true, force: true });
    },
  };
}
