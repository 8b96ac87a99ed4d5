import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Journey, measureModules, travel } from './publishing/journey.ts';
import { type NpmRegistry, readJson, startNpmRegistry } from './publishing/npm-registry.ts';
import { packageDirectory, packageNames, writePackages } from './publishing/packages.ts';
import { canReachNpm, installTool, userEnvironment } from './publishing/tools.ts';

const run = promisify(execFile);
const online = await canReachNpm();
if (!online) console.log("skipped: can't reach an npm registry");
const names = await packageNames();

/** `npm run prove matrix` runs all of them. */
const journeys: readonly Journey[] = [
  { manager: 'npm' },
  { manager: 'npm', node: '22' },
  { manager: 'npm', node: '24' },
  { manager: 'pnpm' },
  { manager: 'pnpm', node: '24' },
  { manager: 'yarn' },
  { manager: 'yarn-classic' },
  { manager: 'npm', nx: 'create-nx-workspace' },
  { manager: 'npm', nx: '22' },
  { manager: 'npm', nx: '23', node: '22' },
  { manager: 'npm', nx: '24', node: '24' },
];
const chosen = process.env['MATRIX'] === 'all' ? journeys : journeys.slice(0, 1);

describe.skipIf(!online)('from an npm registry', () => {
  let directory: string;
  let registry: NpmRegistry;

  beforeAll(async () => {
    await writePackages();
    directory = await mkdtemp(join(tmpdir(), 'tozo-npm-'));
    registry = await startNpmRegistry(join(directory, 'registry'));
    for (const name of names) await registry.publish(packageDirectory(name));
  }, 900_000);

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it.each(chosen.map((journey) => ({ ...journey, title: titleOf(journey) })))(
    'the README leads from an empty directory to an unchanged deploy ($title)',
    async ({ title, ...journey }) => {
      const report = await travel(journey, join(directory, title.replaceAll(/\W+/g, '-')), registry);
      const { seconds, megabytes, packages, sent } = report;
      console.log(
        `${title}: ${seconds.toFixed(0)} s, ${megabytes.toFixed(1)} MB in ${packages} packages, sent ${sent.join(', then ')}`,
      );
    },
    900_000,
  );

  it.each([
    { name: 'cli', bin: 'tozo', most: { megabytes: 12, packages: 25 } },
    { name: 'heroku-client', most: { megabytes: 3, packages: 2 } },
    { name: 'registry-pusher', bin: 'registry-pusher', most: { megabytes: 3.2, packages: 12 } },
  ])('@tozo/$name is small, and needs no install script', async ({ name, bin, most }) => {
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
  });

  it('a Docker build names the missing package, and a version of it that does not fit', async () => {
    const project = join(directory, 'install-registry-pusher');
    const context = join(project, 'context');
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nRUN nothing\n');
    const bin = join(packageDirectory('registry-pusher'), 'bin/registry-pusher.js');
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
      await mkdir(join(modules, 'pusher'), { recursive: true });
      await run('cp', ['-r', join(bin, '../../.'), join(modules, 'pusher')]);
      if (dockerode !== undefined) {
        await mkdir(join(modules, 'dockerode'));
        const manifest = JSON.stringify({ name: 'dockerode', version: dockerode });
        await writeFile(join(modules, 'dockerode/package.json'), manifest);
        await writeFile(join(modules, 'dockerode/index.js'), 'module.exports = class {};');
      }
      const args = [join(modules, 'pusher/bin/registry-pusher.js'), 'push', '127.0.0.1:1/shop', '--context', context];
      const pushed = run(process.execPath, args, { env: userEnvironment() });
      await expect(pushed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) });
    }
  });

  it('publint and @arethetypeswrong/cli find nothing', async () => {
    const modules = await installTool('lint');
    for (const name of names) {
      const target = packageDirectory(name);
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], {
        cwd: target,
        env: userEnvironment(),
      });
      const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
      const lint = async (command: string, ...args: string[]) =>
        run(process.execPath, [join(modules, command), ...args], { env: userEnvironment({ NO_COLOR: '1' }) }).catch(
          ({ stdout: out, stderr }: { stdout: string; stderr: string }) => {
            throw new Error(`${name}:\n${out}${stderr}`);
          },
        );
      await lint('publint/src/cli.js', join(directory, filename), '--strict');
      await lint('@arethetypeswrong/cli/dist/index.js', join(directory, filename), '--profile', 'esm-only');
    }
  });

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
    await writePackages();
    expect(await pack()).toBe(first);
    expect(await readdir(packageDirectory('cli'), { recursive: true })).toEqual(files);
  });
});

function titleOf({ manager, node, nx }: Journey): string {
  const where = nx === undefined ? '' : nx === 'create-nx-workspace' ? ', create-nx-workspace' : `, Nx ${nx}`;
  return `${manager}, Node ${node ?? process.versions.node.split('.')[0]}${where}`;
}
