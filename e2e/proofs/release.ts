/** Releases two versions to an npm registry on loopback by nx release, in a copy of this repository, and installs them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type NpmRegistry, readMetadata, startNpmRegistry } from '../real/publishing/npm-registry.ts';
import { packageNames, type PublishedManifest, workspace } from '../real/publishing/packages.ts';
import { userEnvironment } from '../real/publishing/tools.ts';

const run = promisify(execFile);
const root = await mkdtemp(join(tmpdir(), 'tozo-release-'));
const copy = join(root, 'workspace');

try {
  await copyWorkspace();
  await using registry = await startNpmRegistry(join(root, 'registry'));
  const env = userEnvironment({ ...registry.env, NX_SKIP_NX_CACHE: 'true', NX_TUI: 'false' });
  const inCopy = async (command: string, ...args: string[]): Promise<string> =>
    (await run(command, args, { cwd: copy, env, maxBuffer: 64 * 2 ** 20 }).catch(describeFailure)).stdout;

  const initial = (await readManifest(copy, 'packages/cli')).version;
  const first = await release(registry, inCopy, 'The first version of the proof.', 'major');
  assert.notEqual(first, initial);
  const second = await release(registry, inCopy, 'The second version of the proof.', 'patch');
  assert.notEqual(second, first);
  for (const version of [first, second]) await install(registry, version);
  await install(registry);
  console.log(`${initial} → ${first} → ${second}: ${(await packageNames()).length} packages each, installed`);
} finally {
  await rm(root, { recursive: true, force: true });
}

/** Merges a change with a version plan, and releases, as a maintainer does. Returns the version. */
async function release(
  registry: NpmRegistry,
  inCopy: (command: string, ...args: string[]) => Promise<string>,
  message: string,
  bump: string,
): Promise<string> {
  const started = performance.now();
  const before = await inCopy('git', 'rev-parse', 'HEAD');
  await inCopy('git', 'switch', '--quiet', '--create', bump);
  await appendFile(join(copy, 'packages/heroku-client/README.md'), `\n${message}\n`);
  await inCopy('npx', 'nx', 'release', 'plan', bump, '--message', message);
  await inCopy('git', 'add', '--all');
  await inCopy('git', 'commit', '--quiet', '--message', 'docs: a version plan');
  await inCopy('git', 'switch', '--quiet', 'main');
  await inCopy('git', 'merge', '--quiet', bump);
  await inCopy('npx', 'nx', 'release', '--yes');
  const { version } = await readManifest(copy, 'packages/cli');

  assert.equal(await inCopy('git', 'status', '--porcelain'), '', 'the work tree is clean');
  assert.notEqual(await inCopy('git', 'rev-parse', 'HEAD'), before);
  assert.equal((await inCopy('git', 'tag', '--points-at', 'HEAD')).trim(), `v${version}`, 'the commit has the tag');
  assert.equal(await inCopy('git', 'ls-files', '.nx/version-plans'), '', 'the plans are gone');
  const changelog = await readFile(join(copy, 'CHANGELOG.md'), 'utf8');
  assert.ok(changelog.includes(message) && changelog.includes(`## ${version}`), 'the changelog has the entry');
  const lock = await readFile(join(copy, 'package-lock.json'), 'utf8');
  assert.ok(!lock.includes(registry.url), 'the lock file names no registry of the proof');
  for (const name of await packageNames()) await assertPublished(registry, `@tozo/${name}`, version, message);
  console.log(`${version}: released in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return version;
}

async function assertPublished(registry: NpmRegistry, name: string, version: string, entry: string): Promise<void> {
  const { versions } = await readMetadata(registry, name);
  const published = versions[version] as (PublishedManifest & { scripts?: object }) | undefined;
  assert.ok(published, `${name} ${version} is in the registry`);
  assert.equal(published.scripts, undefined);
  const siblings = { ...published.dependencies, ...published.peerDependencies };
  for (const [sibling, range] of Object.entries(siblings))
    if (sibling.startsWith('@tozo/')) assert.equal(range, version, `${name} needs ${sibling} of its own version`);
  const directory = join(copy, 'packages', name.slice('@tozo/'.length), 'package');
  assert.ok((await readFile(join(directory, 'CHANGELOG.md'), 'utf8')).includes(entry));
}

/** Installs the command and a library, in a version or else the latest one, and starts both. */
async function install(registry: NpmRegistry, version?: string): Promise<void> {
  const directory = join(root, `install-${version ?? 'latest'}`);
  await mkdir(directory);
  await writeFile(join(directory, 'package.json'), '{ "private": true }');
  const env = userEnvironment(registry.env);
  const packages = ['@tozo/cli', '@tozo/heroku-client'].map((name) => (version ? `${name}@${version}` : name));
  await run('npm', ['install', '--save-dev', ...packages], { cwd: directory, env });
  const installed = await readManifest(directory, 'node_modules/@tozo/heroku-client');
  const { stdout } = await run(join(directory, 'node_modules/.bin/tozo'), ['--version'], { cwd: directory, env });
  assert.equal(stdout.trim(), installed.version);
  if (version) assert.equal(installed.version, version);
  await run(process.execPath, ['--eval', "import('@tozo/heroku-client')"], { cwd: directory, env });
}

/** Clones the repository's last commit, with node_modules by hard link where source and target are on the same disk. */
async function copyWorkspace(): Promise<void> {
  await run('git', ['clone', '--quiet', '--no-hardlinks', workspace, copy]);
  for (const [key, value] of Object.entries({ 'user.name': 'proof', 'user.email': 'proof@example.com' }))
    await run('git', ['config', key, value], { cwd: copy });
  await run('git', ['switch', '--quiet', '--force-create', 'main'], { cwd: copy });
  const { stdout } = await run('find', ['.', '-name', 'node_modules', '-type', 'd', '-prune'], { cwd: workspace });
  for (const directory of stdout.trim().split('\n')) {
    const target = join(copy, directory);
    await mkdir(dirname(target), { recursive: true });
    await run('cp', ['-rlP', join(workspace, directory), target]).catch(async () => {
      await rm(target, { recursive: true, force: true });
      await run('cp', ['-rP', join(workspace, directory), target]);
    });
  }
}

async function readManifest(directory: string, path: string): Promise<PublishedManifest> {
  return JSON.parse(await readFile(join(directory, path, 'package.json'), 'utf8')) as PublishedManifest;
}

function describeFailure(error: {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly message: string;
}): never {
  throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
}
