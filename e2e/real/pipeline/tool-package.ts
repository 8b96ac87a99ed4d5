import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { workspace } from './runner.ts';

/** The package @tozo/cli as it's published, in a directory and in a registry on loopback. */
export interface ToolPackage extends AsyncDisposable {
  readonly directory: string;
  /** What a repository's package-lock.json says about it. */
  readonly locked: { readonly version: string; readonly resolved: string; readonly integrity: string };
  /** The registry serves other bytes until the returned value is disposed. */
  tamper(): Disposable;
}

/** Writes the bundles of @tozo/cli as the Nx target `package` does, which would compile all packages first. */
const writeBundles = `
import { writeBundle } from './tools/src/publish/bundle.ts';
import { packagePlans } from './tools/src/publish/plans.ts';
const [, directory, version] = process.argv;
for (const bundle of packagePlans['@tozo/cli'].bundles) await writeBundle(bundle, directory, version);
`;

/** @param parent gets the directory `package` and its tarball */
export async function createToolPackage(parent: string): Promise<ToolPackage> {
  const directory = join(parent, 'package');
  const source = join(workspace, 'packages/cli');
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Record<string, unknown>;
  const version = String(manifest['version']);
  await mkdir(directory, { recursive: true });
  const flags = ['--conditions=@tozo/source', '--import=tsx', '--input-type=module', '--eval', writeBundles];
  execFileSync(process.execPath, [...flags, directory, version], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await cp(join(source, 'bin'), join(directory, 'bin'), { recursive: true });
  const { name, type, bin } = manifest;
  const exports = { './main': './dist/tozo.js', './package.json': './package.json' };
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, version, type, bin, exports }));
  execFileSync('tar', ['czf', 'tool.tgz', '--exclude=*.map', 'package'], { cwd: parent });

  const tarball = await readFile(join(parent, 'tool.tgz'));
  let served = tarball;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const registry = createServer((_request, response) => response.end(served)).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  return {
    directory,
    locked: { version, resolved: `http://127.0.0.1:${port}/@tozo/cli/-/cli-${version}.tgz`, integrity },
    tamper() {
      served = Buffer.concat([tarball, Buffer.from([0])]);
      return { [Symbol.dispose]: () => void (served = tarball) };
    },
    async [Symbol.asyncDispose]() {
      registry.closeAllConnections();
      registry.close();
      await once(registry, 'close');
    },
  };
}
