import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { type OtherNode, otherNode } from '../image-id/node-versions.ts';
import type { NpmRegistry } from './npm-registry.ts';
import { writeReadmeApp } from './readme-app.ts';
import { installTool, userEnvironment } from './tools.ts';

const run = promisify(execFile);

/** A user with a new project: which package manager, which Node, and which Nx, if any. */
export interface Journey {
  readonly manager: 'npm' | 'pnpm' | 'yarn' | 'yarn-classic';
  /** The major version; undefined for this process's own. */
  readonly node?: OtherNode;
  /** A version of Nx in a workspace written by hand, or create-nx-workspace. */
  readonly nx?: string;
}

export interface JourneyReport {
  readonly seconds: number;
  /** What the install added. */
  readonly megabytes: number;
  readonly packages: number;
  /** What the first deploy and the one after a changed line printed about the push. */
  readonly sent: readonly string[];
}

/** Follows the root README from an empty directory to an unchanged deploy. */
export async function travel(journey: Journey, directory: string, registry: NpmRegistry): Promise<JourneyReport> {
  const started = performance.now();
  const shell = await openShell(journey, directory, registry);
  const app = await createProject(journey, directory, shell);
  const before = await measureModules(directory);
  await shell(directory, ...installCommand(journey));
  const after = await measureModules(directory);
  await writeReadmeApp(app);
  const sent: string[] = [];
  const deploy = async (): Promise<string> => {
    if (journey.nx) return shell(directory, 'npx', 'nx', 'run', 'shop:deploy', '--sandbox');
    await shell(app, ...execCommand(journey), 'tozo', 'image-deps');
    return shell(app, ...execCommand(journey), 'tozo', 'deploy', '--sandbox');
  };
  try {
    sent.push(expectMatch(await deploy(), /push +(.*?) sent.*?LIVE v\d+/s));
    const server = join(app, 'dist/server.mjs');
    await writeFile(server, (await readFile(server, 'utf8')).replace('hello', 'good morning'));
    sent.push(expectMatch(await deploy(), /push +(.*?) sent.*?LIVE v\d+/s));
    expectMatch(await deploy(), /UNCHANGED v\d+/);
  } finally {
    await shell(app, ...execCommand(journey), 'tozo', 'sandbox', 'stop');
  }
  return {
    seconds: (performance.now() - started) / 1000,
    megabytes: (after.bytes - before.bytes) / 1e6,
    packages: after.packages - before.packages,
    sent,
  };
}

export type Shell = (cwd: string, ...command: string[]) => Promise<string>;

/** Returns a function that runs a command with the journey's Node and package manager, and returns its output. */
export async function openShell(
  { manager, node, nx }: Journey,
  directory: string,
  registry: NpmRegistry,
): Promise<Shell> {
  const home = `${directory}-home`;
  await mkdir(join(home, 'bin'), { recursive: true });
  const nodePath = node === undefined ? process.execPath : await otherNode(node);
  if (nodePath === undefined) throw new Error(`Node ${node} isn't available.`);
  const bins = [home, ...(manager === 'npm' ? [] : [join(await installTool(manager), '.bin')])];
  if (nx === 'create-nx-workspace') bins.push(join(await installTool(nx), '.bin'));
  const npmrc = await readFile(registry.env['npm_config_userconfig']!, 'utf8');
  await writeFile(join(home, '.npmrc'), npmrc);
  await writeFile(
    join(home, '.yarnrc.yml'),
    `npmRegistryServer: ${registry.url}\nunsafeHttpWhitelist: ['127.0.0.1']\nnodeLinker: node-modules\nenableTelemetry: false\nenableGlobalCache: false\n`,
  );
  await writeFile(join(home, '.yarnrc'), `registry "${registry.url}"\n`);
  const env = userEnvironment({
    ...registry.env,
    HOME: home,
    PATH: [dirname(nodePath), ...bins, process.env['PATH']].join(':'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    npm_config_frozen_lockfile: 'false',
    CI: undefined,
    NEXT_TELEMETRY_DISABLED: '1',
    NO_COLOR: '1',
  });
  return async (cwd, ...[command = '', ...args]) => {
    try {
      const { stdout, stderr } = await run(command, args, { cwd, env, maxBuffer: 64 * 2 ** 20 });
      // Nx turns on the colors of its tasks in spite of NO_COLOR.
      return stripVTControlCharacters(`${stdout}${stderr}`);
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      const output = stripVTControlCharacters(`${stdout}${stderr}`);
      throw new Error(`${command} ${args.join(' ')} failed:\n${output}`, { cause: error });
    }
  };
}

/** Returns the app's directory. */
async function createProject({ nx }: Journey, directory: string, shell: Shell): Promise<string> {
  if (nx === 'create-nx-workspace') {
    const args = ['--preset=apps', '--nxCloud=skip', '--no-interactive', '--skipGit', '--packageManager=npm'];
    await shell(dirname(directory), 'create-nx-workspace', directory.split('/').at(-1)!, ...args);
  } else {
    await mkdir(directory);
    await shell(directory, 'npm', 'init', '-y');
  }
  if (nx === undefined) return directory;
  if (nx !== 'create-nx-workspace') {
    await shell(directory, 'npm', 'install', '--save-dev', '--ignore-scripts', `nx@${nx}`, `@nx/devkit@${nx}`);
  }
  const manifest = join(directory, 'package.json');
  const root = JSON.parse(await readFile(manifest, 'utf8')) as object;
  await writeFile(manifest, JSON.stringify({ workspaces: ['apps/*'], ...root }));
  const nxJson = join(directory, 'nx.json');
  const settings = await readFile(nxJson, 'utf8').catch(() => '{}');
  await writeFile(nxJson, JSON.stringify({ ...(JSON.parse(settings) as object), plugins: ['@tozo/nx/plugin'] }));
  const app = join(directory, 'apps/shop');
  await mkdir(app, { recursive: true });
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'shop', version: '1.0.0' }));
  return app;
}

export function installCommand({ manager, nx }: Journey): string[] {
  const packages = ['@tozo/cli', ...(nx ? ['@tozo/nx'] : [])];
  const add = {
    npm: ['npm', 'install', '--save-dev'],
    pnpm: ['pnpm', 'add', '--save-dev', '--ignore-workspace-root-check'],
    yarn: ['yarn', 'add', '--dev'],
    'yarn-classic': ['yarn', 'add', '--dev'],
  };
  return [...add[manager], ...packages];
}

export function execCommand({ manager }: Journey): string[] {
  const exec = {
    npm: ['npx'],
    pnpm: ['pnpm', 'exec'],
    yarn: ['yarn', 'exec'],
    'yarn-classic': ['yarn', '-s', 'exec', '--'],
  };
  return exec[manager];
}

export function expectMatch(output: string, pattern: RegExp): string {
  const match = pattern.exec(output);
  if (!match) throw new Error(`Expected ${pattern} in:\n${output}`);
  return match[1] ?? match[0];
}

/** Returns the size of node_modules, and the number of packages in it. */
export async function measureModules(directory: string): Promise<{ bytes: number; packages: number }> {
  const modules = join(directory, 'node_modules');
  const entries = await readdir(modules, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  const manifests = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => /\/node_modules\/(@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), packages: manifests.length };
}
