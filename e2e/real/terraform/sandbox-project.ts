import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { App, DeployInfrastructure, type InfrastructureOptions, renderTerraform } from '@tozo/infrastructure';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { cleanEnvironment, type CommandResult, runTozoInProcess } from '../../src/testing/tozo.ts';
import { type ApiBackend, type StandInProvider, startProvider } from './provider.ts';
import { type Fields, gitlabResources, herokuResources, sender, textOf } from './api-resources.ts';
import { gitlab, heroku } from './schemas.ts';

export type TozoResult = Pick<CommandResult, 'code' | 'stdout' | 'stderr'>;

/** A project with an infrastructure, the sandbox, and providers that work on the sandbox as the real ones do on the platforms. */
export interface SandboxProject extends AsyncDisposable {
  readonly directory: string;
  readonly sandbox: Sandbox;
  readonly heroku: StandInProvider;
  readonly gitlab: StandInProvider;
  /** The environment of the commands, with all settings. */
  readonly env: NodeJS.ProcessEnv;
  /** Called before each request of a provider, which waits for it. */
  beforeRequest: (method: string, path: string) => Promise<void> | void;
  /** Writes the file as `infrastructure.ts` would. */
  declare(options: Partial<InfrastructureOptions>, change?: (file: Record<string, never>) => object): Promise<void>;
  write(file: string, content: string): Promise<void>;
  /** Runs `tozo infrastructure NAME --no-synth`. */
  run(name: string, args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<TozoResult>;
  /** Sends a request to the sandbox's GitLab or Heroku, as someone else does. */
  readonly asGitlab: ReturnType<typeof sender>;
  readonly asHeroku: ReturnType<typeof sender>;
}

export const herokuKey = 'HRKU-5ecret-5ecret-5ecret';

export async function openSandboxProject(): Promise<SandboxProject> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-infrastructure-'));
  await mkdir(join(directory, 'out/infrastructure'), { recursive: true });
  const sandbox = await startSandbox();
  const asHeroku = sender(sandbox.urls.heroku, {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${sandbox.apiKey}`,
  });
  const asGitlab = sender(`${sandbox.urls.gitlab}/api/v4`, { 'private-token': sandbox.gitlabToken });
  const watched =
    (send: ReturnType<typeof sender>): ApiBackend['send'] =>
    async (method, path, body) => {
      await project.beforeRequest(method, path);
      return send(method, path, body);
    };
  const [herokuProvider, gitlabProvider] = await Promise.all([
    startProvider(heroku, { resources: herokuResources, send: watched(asHeroku), authCheck: '/account' }),
    startProvider(gitlab, { resources: gitlabResources, send: watched(asGitlab), authCheck: '/user' }),
  ]);
  await writeFile(join(directory, 'terraform.rc'), 'disable_checkpoint = true\n');
  const state = `${sandbox.urls.gitlab}/api/v4/projects/1/terraform/state/default`;
  const env = cleanEnvironment({
    HOME: directory,
    TF_CLI_CONFIG_FILE: join(directory, 'terraform.rc'),
    TF_HTTP_ADDRESS: state,
    TF_HTTP_LOCK_ADDRESS: `${state}/lock`,
    TF_HTTP_UNLOCK_ADDRESS: `${state}/lock`,
    TF_HTTP_USERNAME: 'ann',
    TF_HTTP_PASSWORD: sandbox.gitlabToken,
    TF_HTTP_LOCK_METHOD: 'POST',
    TF_HTTP_UNLOCK_METHOD: 'DELETE',
    TF_HTTP_RETRY_MAX: '0',
    TF_VAR_heroku_api_key: herokuKey,
    HEROKU_API_KEY: sandbox.apiKey,
    HEROKU_API_URL: sandbox.urls.heroku,
    GITLAB_TOKEN: sandbox.gitlabToken,
    GITLAB_BASE_URL: `${sandbox.urls.gitlab}/api/v4`,
    TF_REATTACH_PROVIDERS: JSON.stringify({
      'heroku/heroku': herokuProvider.reattach,
      'gitlabhq/gitlab': gitlabProvider.reattach,
    }),
  });
  const project: SandboxProject = {
    directory,
    sandbox,
    heroku: herokuProvider,
    gitlab: gitlabProvider,
    env,
    asGitlab,
    asHeroku,
    beforeRequest: () => undefined,
    declare: (options, change = (file) => file) => {
      const complete = { appName: 'shop-live', region: 'us', gitlab: { name: 'shop' }, ...options } as const;
      const stack = new DeployInfrastructure(new App(), 'shop', complete);
      const file = change(JSON.parse(renderTerraform(stack)) as Record<string, never>);
      return project.write('out/infrastructure/cdk.tf.json', JSON.stringify(file));
    },
    write: (file, content) => writeFile(join(directory, file), content),
    run: (name, args = [], more = {}) =>
      runTozoInProcess(['infrastructure', name, '--no-synth', ...args], { cwd: directory, env: { ...env, ...more } }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([herokuProvider, gitlabProvider, sandbox].map((part) => part[Symbol.asyncDispose]()));
      await rm(directory, { recursive: true, force: true });
    },
  };
  return project;
}

/** Returns the ID of the GitLab project with this name. */
export async function projectIdOf({ asGitlab }: SandboxProject, name: string): Promise<string> {
  const projects = (await asGitlab('GET', '/projects')) as unknown as Fields[];
  const found = projects.find((project) => project['name'] === name);
  if (found === undefined) throw new Error(`no GitLab project is called ${name}`);
  return textOf(found['id']);
}

/** Makes the compiled packages importable in a directory. */
export async function linkPackages(directory: string): Promise<void> {
  const compiled = fileURLToPath(new URL('../../out/compiled/node_modules', import.meta.url));
  if (!existsSync(compiled)) throw new Error(`${compiled} is missing: run the suite by its configuration.`);
  await symlink(compiled, join(directory, 'node_modules'));
}

/** Runs terraform itself, in the directory of the file. */
export async function runTerraform(
  { directory, env }: SandboxProject,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn('terraform', args, {
    cwd: join(directory, 'out/infrastructure'),
    env: { ...env, TF_IN_AUTOMATION: '1', TF_INPUT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], out, errors] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code: code as number | null, output: out + errors };
}
