import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherNode } from './image-id/node-versions.ts';
import { initJourneys, titleOf as titleOfInit, travelByInit } from './init/init-journey.ts';
import { type Journey, measureModules, travel } from './publishing/journey.ts';
import { type NpmRegistry, readJson, startNpmRegistry } from './publishing/npm-registry.ts';
import { loadLinters } from './publishing/linters.ts';
import { packageDirectory, packageNames, writePackageAgain, writePackages } from './publishing/packages.ts';
import { canReachNpm, userEnvironment } from './publishing/tools.ts';

const run = promisify(execFile);
const online = await canReachNpm();
if (!online) console.log("skipped: can't reach an npm registry");
const names = await packageNames();

/** `npm run prove matrix` runs all of them, or those whose title contains its argument. */
const journeys: readonly Journey[] = [
  { manager: 'npm' },
  { manager: 'npm', node: '22' },
  { manager: 'npm', node: '24' },
  { manager: 'pnpm' },
  { manager: 'pnpm', node: '24' },
  { manager: 'yarn' },
  { manager: 'yarn-classic' },
  { manager: 'npm', nx: 'create-nx-workspace' },
  // The oldest that @tozo/nx accepts, of which all platform binaries are published.
  { manager: 'npm', nx: '22.0.1' },
  { manager: 'npm', nx: '23', node: '22' },
  { manager: 'npm', nx: '24', node: '24' },
];
const { MATRIX } = process.env;
const chosen =
  MATRIX === undefined ? journeys.slice(0, 1) : journeys.filter((one) => new RegExp(MATRIX).test(titleOf(one)));
/** `npm run prove init` runs all of them, or those whose titles match INIT. */
const { INIT } = process.env;
const byInit =
  INIT === undefined ? initJourneys.slice(0, 1) : initJourneys.filter((one) => new RegExp(INIT).test(titleOfInit(one)));

describe.skipIf(!online)('from an npm registry', () => {
  let directory: string;
  let registry: NpmRegistry;

  beforeAll(async () => {
    await writePackages();
    directory = await mkdtemp(join(tmpdir(), 'tozo-npm-'));
    registry = await startNpmRegistry(join(directory, 'registry'));
    for (const name of ['cli', 'heroku-client', 'nx', 'registry-pusher'])
      await registry.publish(packageDirectory(name));
  }, 900_000);

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it.for(chosen.map((journey) => ({ journey, title: titleOf(journey) })))(
    'the README leads from an empty directory to an unchanged deploy ($title)',
    { timeout: 900_000 },
    async ({ title, journey }, { skip }) => {
      const { node } = journey;
      if (node && !(await otherNode(node))) skip(`the npm registry doesn't have Node ${node} for this machine`);
      const report = await travel(journey, join(directory, title.replaceAll(/\W+/g, '-')), registry);
      const { seconds, megabytes, packages, sent } = report;
      expect(sent).toHaveLength(2);
      console.log(
        `${title}: ${seconds.toFixed(0)} s, ${megabytes.toFixed(1)} MB in ${packages} packages, sent ${sent.join(', then ')}`,
      );
    },
  );

  it.each(byInit.map((journey) => ({ journey, title: titleOfInit(journey) })))(
    'tozo init leads from an empty directory to a live app in 5 commands and 180 s ($title)',
    async ({ journey, title }) => {
      const target = join(directory, `init-${title.replaceAll(/\W+/g, '-')}`);
      const { seconds, commands, megabytes, sent } = await travelByInit(journey, target, registry);
      console.log(
        `init ${title}: ${commands} commands, ${seconds.toFixed(0)} s, ${megabytes.toFixed(1)} MB, sent ${sent.join(', then ')}`,
      );
      expect(commands).toBeLessThanOrEqual(5);
      expect(seconds).toBeLessThanOrEqual(180);
    },
    900_000,
  );

  it.each([
    { name: 'cli', bin: 'tozo', most: { megabytes: 12, packages: 25 } },
    { name: 'heroku-client', most: { megabytes: 3, packages: 2 } },
    { name: 'registry-pusher', bin: 'registry-pusher', most: { megabytes: 3.2, packages: 6 } },
  ])(
    '@tozo/$name is small, and needs no install script',
    async ({ name, bin, most }) => {
      const project = join(directory, `install-${name}`);
      await mkdir(project);
      await writeFile(join(project, 'package.json'), '{ "private": true }');
      const env = userEnvironment(registry.env);
      await run('npm', ['install', '--save-dev', `@tozo/${name}`], { cwd: project, env });
      const { bytes, packages } = await measureModules(project);
      console.log(`@tozo/${name}: ${(bytes / 1e6).toFixed(2)} MB in ${packages} packages`);
      expect(bytes / 1e6).toBeLessThanOrEqual(most.megabytes);
      expect(packages).toBeLessThanOrEqual(most.packages);
      const lock = await readJson<{ packages: Record<string, { hasInstallScript?: true }> }>(
        join(project, 'package-lock.json'),
      );
      expect(Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
      const script = `for (const load of [(name) => import(name), (name) => require(name)])
      Promise.resolve(load('@tozo/${name}')).then((module) => console.log(Object.keys(module).length > 0));`;
      const options = { cwd: project, env: { ...env, NODE_NO_WARNINGS: '1' } };
      expect((await run(process.execPath, ['--eval', script], options)).stdout).toBe('true\ntrue\n');
      if (!bin) return;
      const help = await run(join(project, 'node_modules/.bin', bin), ['--help'], { cwd: project, env });
      expect(help.stdout).toMatch(/usage|help/i);
    },
    300_000,
  );

  it.each(['cli/bin/tozo.js', 'gitlab-variables/bin/gitlab-variables.js', 'registry-pusher/bin/registry-pusher.js'])(
    '%s says which Node it needs, on one that is too old',
    async (bin) => {
      const [name = '', ...path] = bin.split('/');
      const old = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '18.20.0' })`;
      const result = run(process.execPath, ['--import', old, join(packageDirectory(name), ...path)]);
      const stderr = expect.stringMatching(
        /^\S+ needs Node 20\.19 or newer; this is 18\.20\.0\. Install a newer Node\.\n$/,
      );
      await expect(result).rejects.toMatchObject({ code: 1, stderr });
    },
  );

  it('a Docker build names the missing package, and a version of it that does not fit', async () => {
    const context = join(directory, 'context');
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nRUN nothing\n');
    // The only dependency that the command imports.
    const undici = fileURLToPath(new URL('../../node_modules/undici', import.meta.url));
    await expectRefusal(
      join(directory, 'no-dockerode'),
      /dockerode, which talks to the Docker Engine, isn't installed\. Run npm install dockerode@5\./,
    );
    await expectRefusal(
      join(directory, 'old-dockerode'),
      /dockerode has version 3\.3\.5, but 5 is required\. Run npm install dockerode@5\./,
      '3.3.5',
    );

    async function expectRefusal(root: string, sentence: RegExp, dockerode?: string): Promise<void> {
      const modules = join(root, 'node_modules');
      await mkdir(modules, { recursive: true });
      await run('cp', ['-r', packageDirectory('registry-pusher'), join(modules, 'pusher')]);
      await symlink(undici, join(modules, 'undici'));
      if (dockerode !== undefined) {
        await mkdir(join(modules, 'dockerode'));
        const manifest = JSON.stringify({ name: 'dockerode', version: dockerode });
        await writeFile(join(modules, 'dockerode/package.json'), manifest);
        await writeFile(join(modules, 'dockerode/index.js'), 'module.exports = class {};');
      }
      const args = [
        join(modules, 'pusher/bin/registry-pusher.js'),
        'push',
        '127.0.0.1:1/shop',
        '--context',
        context,
        '--builder',
        'docker',
      ];
      const pushed = run(process.execPath, args, { env: userEnvironment() });
      await expect(pushed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) });
    }
  });

  it('publint and @arethetypeswrong/core find nothing', async () => {
    const lint = await loadLinters();
    for (const name of names) expect([name, await lint(packageDirectory(name), directory)]).toEqual([name, []]);
  }, 600_000);

  it('the same sources pack to the same bytes', async () => {
    const pack = async (): Promise<string> => {
      const { stdout } = await run('npm', ['pack', '--json', '--dry-run'], {
        cwd: packageDirectory('cli'),
        env: userEnvironment(),
      });
      return (JSON.parse(stdout) as [{ integrity: string }])[0].integrity;
    };
    const first = await pack();
    const files = await readdir(packageDirectory('cli'), { recursive: true });
    await writePackageAgain('cli');
    expect(await pack()).toBe(first);
    expect(await readdir(packageDirectory('cli'), { recursive: true })).toEqual(files);
  }, 600_000);
});

function titleOf({ manager, node, nx }: Journey): string {
  const where = nx === undefined ? '' : nx === 'create-nx-workspace' ? ', create-nx-workspace' : `, Nx ${nx}`;
  return `${manager}, Node ${node ?? process.versions.node.split('.')[0]}${where}`;
}
