import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
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
  readonly bundledDependencies?: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The names of the packages without their scope, such as `cli`. */
export async function packageNames(): Promise<string[]> {
  return (await readdir(join(workspace, 'packages'))).toSorted();
}

/** What gets published of a package. */
export const packageDirectory = (name: string): string => join(workspace, 'packages', name, 'package');

/** Writes what gets published of one package, whose modules are compiled. */
export async function writePackageAgain(name: string): Promise<void> {
  const script = join(workspace, 'tools/src/publish/main.ts');
  const flags = ['--conditions=@tozo/source', '--import=tsx', script];
  await run(process.execPath, flags, { cwd: join(workspace, 'packages', name) });
}

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
 * Installs packages with all that they depend on into a directory, without a registry: third-party packages come from this
 * workspace, in the versions of its lock file.
 */
export async function installOffline(names: readonly string[], directory: string): Promise<void> {
  const modules = join(directory, 'node_modules');
  const installed = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (installed.has(name)) continue;
    installed.add(name);
    const source = sourceOf(name, [...installed]);
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await copyQuickly(source, join(modules, name));
    const { dependencies = {}, bundledDependencies = [] } = await readManifest(source);
    pending.push(...Object.keys(dependencies).filter((dependency) => !bundledDependencies.includes(dependency)));
  }
}

/** A package whose version differs from the workspace's is next to the package that needs it. */
function sourceOf(name: string, installed: readonly string[]): string {
  if (name.startsWith('@tozo/')) return packageDirectory(name.slice('@tozo/'.length));
  const own = installed
    .filter((other) => other.startsWith('@tozo/'))
    .map((other) => join(packageDirectory(other.slice('@tozo/'.length)), '..'));
  const roots = [...own, workspace].map((root) => join(root, 'node_modules', name));
  return roots.find((path) => existsSync(path)) ?? join(workspace, 'node_modules', name);
}

/** Links the files where source and target are on the same disk. */
async function copyQuickly(source: string, target: string): Promise<void> {
  await run('cp', ['-rl', source, target]).catch(async () => cp(source, target, { recursive: true }));
}
