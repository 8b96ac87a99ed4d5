import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const runFile = promisify(execFile);
/** The environment of users, without the options that run this repository's sources. */
const { NODE_OPTIONS: _, ...plain } = process.env;
const run = (file: string, args: readonly string[], options: object = {}) =>
  runFile(file, args, { env: plain, encoding: 'utf8', ...options });
const pusher = fileURLToPath(new URL('../../packages/registry-pusher/', import.meta.url));
const mostBytes = 6_000_000;
const mostPackages = 15;

/** Not every machine can reach an npm registry. */
const online = await run('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { timeout: 20_000 }).then(
  () => true,
  () => false,
);
if (!online) console.log("skipped: can't reach an npm registry");

it.skipIf(!online)(
  'an install for pushes without Docker is small, works, and says what Docker builds need',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tozo-install-size-'));
    try {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: pusher });
      const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
      await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
      const flags = ['--omit=optional', '--omit=peer', '--no-audit', '--no-fund', '--ignore-scripts'];
      await run('npm', ['install', ...flags, join(directory, filename)], { cwd: directory });

      const packages = await installedPackages(join(directory, 'node_modules'));
      const total = packages.reduce((sum, { bytes }) => sum + bytes, 0);
      const largestFirst = packages.toSorted((a, b) => b.bytes - a.bytes);
      const list = largestFirst.map(({ name, bytes }) => `${name} ${(bytes / 1e6).toFixed(2)} MB`).join(', ');
      console.log(`${packages.length} packages, ${(total / 1e6).toFixed(2)} MB: ${list}`);
      expect(packages.map(({ name }) => name)).not.toContain('dockerode');
      expect(packages.length).toBeLessThanOrEqual(mostPackages);
      expect(total).toBeLessThanOrEqual(mostBytes);

      const env = { PATH: process.env['PATH'], HOME: directory };
      const bin = join(directory, 'node_modules/.bin/registry-pusher');
      expect((await run(bin, ['--help'], { env, cwd: directory })).stdout).toContain('registry-pusher push REFERENCE');
      const script = "import('@tozo/registry-pusher').then(({ push }) => console.log(typeof push))";
      expect((await run(process.execPath, ['--eval', script], { env, cwd: directory })).stdout).toBe('function\n');

      await mkdir(join(directory, 'context'));
      await writeFile(join(directory, 'context/Dockerfile'), 'FROM scratch\nRUN nothing\n');
      const pushed = run(bin, ['push', '127.0.0.1:1/shop', '--context', join(directory, 'context')], {
        env,
        cwd: directory,
      });
      await expect(pushed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm install dockerode') });
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);

async function installedPackages(modules: string): Promise<{ name: string; bytes: number }[]> {
  const manifests = (await readdir(modules, { recursive: true })).filter((path) =>
    /^(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  return Promise.all(
    manifests.map(async (path) => {
      const directory = join(modules, path, '..');
      const { name } = JSON.parse(await readFile(join(modules, path), 'utf8')) as { name: string };
      return { name, bytes: await bytesIn(directory) };
    }),
  );
}

/** Returns the size of a package's files without nested packages. */
async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? 0 : bytesIn(path);
    return entry.isFile() ? (await stat(path)).size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
