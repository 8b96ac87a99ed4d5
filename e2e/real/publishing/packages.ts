import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const workspace = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The names of the packages without their scope, such as `cli`. */
export async function packageNames(): Promise<string[]> {
  return (await readdir(join(workspace, 'packages'))).toSorted();
}

/** What gets published of a package. */
export const packageDirectory = (name: string): string => join(workspace, 'packages', name, 'package');

/** Compiles all packages and writes what gets published, as the Nx target `package` does. */
export async function writePackages(): Promise<void> {
  const projects = (await packageNames()).map((name) => `packages/${name}/tsconfig.lib.json`);
  await run('node_modules/.bin/tsc', ['-b', ...projects], { cwd: workspace });
  const flags = ['--conditions=@tozo/source', '--import=tsx'];
  await run(process.execPath, [...flags, 'tools/src/publish/main.ts'], { cwd: workspace });
}

export async function readManifest(directory: string): Promise<PublishedManifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as PublishedManifest;
}

/**
 * Installs a package and its dependencies into a directory, without a registry: third-party packages come from this workspace,
 * in the versions of its lock file.
 */
export async function installAlone(name: string, directory: string): Promise<void> {
  const modules = join(directory, 'node_modules');
  const pending = [{ name: `@tozo/${name}`, from: workspace }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const source = next.name.startsWith('@tozo/')
      ? packageDirectory(next.name.slice('@tozo/'.length))
      : join(next.from, 'node_modules', next.name);
    const target = join(modules, next.name);
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target, { recursive: true, force: false });
    const { dependencies = {} } = await readManifest(source);
    pending.push(...Object.keys(dependencies).map((dependency) => ({ name: dependency, from: workspace })));
  }
}
