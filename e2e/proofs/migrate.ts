/** Updates an Nx workspace to a later version of tozo by nx migrate, from an npm registry on loopback. Three minutes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type NpmRegistry, startNpmRegistry } from '../real/publishing/npm-registry.ts';
import { packageDirectory, readManifest, writePackages } from '../real/publishing/packages.ts';
import { userEnvironment } from '../real/publishing/tools.ts';

const run = promisify(execFile);
const root = await mkdtemp(join(tmpdir(), 'tozo-migrate-'));
const workspace = join(root, 'workspace');
const later = '0.2.0';

try {
  await writePackages();
  const { version: first } = await readManifest(packageDirectory('nx'));
  await using registry = await startNpmRegistry(join(root, 'registry'));
  for (const name of ['nx', 'cli']) await registry.publish(packageDirectory(name));

  // Else Nx installs its latest version first, to migrate with that.
  const settings = { NX_MIGRATE_USE_LOCAL: 'true', NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true' };
  const env = userEnvironment({ ...registry.env, ...settings });
  const shell = async (command: string, ...args: string[]): Promise<string> => {
    console.log(`$ ${[command, ...args].join(' ')}`);
    return (await run(command, args, { cwd: workspace, env, maxBuffer: 64 * 2 ** 20 })).stdout;
  };
  await writeWorkspace(first);
  await shell('git', 'init', '--quiet');
  await shell('npm', 'install');
  await shell('npx', 'tozo', 'init', '--yes');
  const pipeline = (): Promise<string> => readFile(join(workspace, '.gitlab-ci.yml'), 'utf8');
  assert.ok((await pipeline()).includes(`/tozo/pipeline@${first}`));

  await publishLater(registry, first);
  const started = performance.now();
  await shell('npx', 'nx', 'migrate', `@tozo/nx@${later}`);
  const { devDependencies } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  assert.deepEqual([devDependencies['@tozo/nx'], devDependencies['@tozo/cli']], [later, later], 'both are updated');
  await shell('npm', 'install');
  console.log(await shell('npx', 'nx', 'migrate', '--run-migrations'));
  assert.ok((await pipeline()).includes(`/tozo/pipeline@${later}`), 'the pipeline has the version of the command');
  await shell('npx', 'tozo', 'ci', 'pipeline');
  assert.match(await shell('npx', 'tozo', 'init', '--yes'), /^NOTHING TO DO/m);
  assert.ok((await shell('npx', 'nx', 'show', 'project', 'shop', '--json')).includes('"deploy"'));
  console.log(`${first} → ${later}: migrated in ${((performance.now() - started) / 1000).toFixed(0)} s`);
} finally {
  await rm(root, { recursive: true, force: true });
}

/** The same packages as a later version. */
async function publishLater(registry: NpmRegistry, first: string): Promise<void> {
  for (const name of ['nx', 'cli']) {
    const directory = join(root, 'later', name);
    await cp(packageDirectory(name), directory, { recursive: true });
    for (const file of ['package.json', ...(name === 'nx' ? ['migrations.json'] : [])]) {
      const text = await readFile(join(directory, file), 'utf8');
      await writeFile(join(directory, file), text.replaceAll(`"${first}"`, `"${later}"`));
    }
    await registry.publish(directory);
  }
}

async function writeWorkspace(version: string): Promise<void> {
  const nx = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const files: Readonly<Record<string, string>> = {
    'package.json': JSON.stringify({
      name: 'workspace',
      private: true,
      workspaces: ['apps/*'],
      devDependencies: { nx: nx.devDependencies['nx'], '@tozo/nx': version, '@tozo/cli': version },
    }),
    'nx.json': '{ "neverConnectToCloud": true, "analytics": false }\n',
    'apps/shop/package.json': '{ "name": "shop", "version": "1.0.0", "scripts": { "start": "node server.js" } }',
    'apps/shop/server.js': "require('node:http').createServer((q, s) => s.end('hello')).listen(process.env.PORT);\n",
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, file)), { recursive: true });
    await writeFile(join(workspace, file), text);
  }
}
