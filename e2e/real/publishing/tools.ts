import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The tools that only tests of publishing need, with exact versions. Too large to be among everybody's devDependencies. */
const tools = {
  verdaccio: { dependencies: { verdaccio: '5.33.0' }, overrides: { 'node-fetch': '2.7.0' } },
  lint: { dependencies: { '@arethetypeswrong/cli': '0.18.5', publint: '0.3.25' } },
  pnpm: { dependencies: { pnpm: '10.12.1' } },
  yarn: { dependencies: { '@yarnpkg/cli-dist': '4.9.2' } },
  'yarn-classic': { dependencies: { yarn: '1.22.22' } },
  'create-nx-workspace': { dependencies: { 'create-nx-workspace': '23.2.1' } },
} as const;

export type Tool = keyof typeof tools;

/** The environment of users, without the options that run this repository's sources. */
export function userEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_EXTRA_CA_CERTS } = process.env;
  const set = { ...(TMPDIR ? { TMPDIR } : {}), ...(NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {}) };
  return { PATH, HOME, ...set, CI: 'true', NX_DAEMON: 'false', ...more };
}

/** Returns whether an npm registry responds. Not every machine can reach one. */
export async function canReachNpm(): Promise<boolean> {
  const args = ['ping', '--fetch-retries=0', '--fetch-timeout=10000'];
  return run('npm', args, { env: userEnvironment(), timeout: 60_000 }).then(
    () => true,
    () => false,
  );
}

/** Installs a tool, cached outside the repository. Returns its node_modules. */
export async function installTool(name: Tool): Promise<string> {
  const manifest = tools[name];
  const versions = Object.entries(manifest.dependencies).map(([dependency, version]) => `${dependency}@${version}`);
  const target = join(cacheDirectory(), versions.join('+').replaceAll(/[@/]+/g, '-'));
  if (!existsSync(target)) {
    await mkdir(cacheDirectory(), { recursive: true });
    const directory = await mkdtemp(`${target}.`);
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, ...manifest }));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...flags], { cwd: directory, env: userEnvironment() });
    await rename(directory, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await rm(directory, { recursive: true });
    });
  }
  return join(target, 'node_modules');
}

function cacheDirectory(): string {
  const name = 'tozo/publishing-tools';
  try {
    accessSync('/var/cache', constants.W_OK);
    return join('/var/cache', name);
  } catch {
    return join(homedir(), '.cache', name);
  }
}
