import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImageDepsError } from './errors.ts';
import { fillApp, fillLibraries, fillPackages, type LayerSize, listAppFiles, versionsOf } from './image/fill.ts';
import { copyFiles } from './image/copy.ts';
import { manifestForImage } from './image/manifest-for-image.ts';
import { assertReplaceable, type Layer, replaceOutput } from './image/output.ts';
import { isVendorChunk } from './image/own-files.ts';
import { createRunManager } from './install/run-manager.ts';
import { createScratch } from './install/scratch.ts';
import { assertManagerVersion, readVersion } from './install/version.ts';
import type { ImagePackage } from './managers/manager.ts';
import { managers } from './managers/managers.ts';
import { fillFromStandalone, findStandalone, type Standalone } from './next/standalone.ts';
import { defaultPlatform, type Platform, platformOfDockerfile } from './platform.ts';
import { readClosure } from './project/closure.ts';
import { findProject, type Project } from './project/find-project.ts';
import { findSkippedScripts, type SkippedScript } from './tree/install-scripts.ts';
import { type InstalledPackage, readTree } from './tree/installed.ts';
import { layOut } from './tree/layout.ts';
import { findMissingCode, type MissingCode } from './tree/missing-code.ts';
import { findUnappliedPatches } from './tree/unapplied-patches.ts';

export interface ImageDepsOptions {
  /** The app's directory, with its package.json. */
  readonly directory: string;
  /** Where to write, by default `out/image` in the app's directory. An earlier output is replaced. */
  readonly out?: string;
  /** The app's own files, as in package.json's `files`, which is the default; without that, `dist`. */
  readonly files?: readonly string[];
  /** What the image runs on. By default the Dockerfile's base decides. */
  readonly platform?: Partial<Pick<Platform, 'cpu' | 'libc'>>;
  /** The Dockerfile, by default the one in the app's directory. */
  readonly dockerfile?: string;
  /** The package manager's environment, by default this process's. HEROKU_ variables are never passed on. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

export interface ImageDepsReport {
  readonly out: string;
  readonly platform: Platform;
  /** Such as `pnpm 10.2.0`. */
  readonly manager: string;
  readonly lockFile: string;
  readonly layers: Readonly<Record<Layer, LayerSize>>;
  readonly skippedScripts: readonly SkippedScript[];
  readonly missingCode: readonly MissingCode[];
  /** Patches of patch-package, which runs as an install script. */
  readonly unappliedPatches: readonly string[];
}

/**
 * Writes what an app's image needs: third-party production dependencies, the workspace's libraries, and the app's own files.
 * Runs no install script. The same lock file and files give the same bytes.
 * @throws ImageDepsError
 */
export async function createImageDeps(options: ImageDepsOptions): Promise<ImageDepsReport> {
  const directory = resolve(options.directory);
  const out = resolve(options.out ?? join(directory, 'out/image'));
  const project = await findProject(directory);
  await assertReplaceable(out, directory);
  const platform = await choosePlatform(directory, options);
  const manager = managers[project.manager];
  const standalone = options.files ? undefined : findStandalone(directory, project.app);
  if (standalone) return createFromStandalone(standalone, { project, directory, out, platform });
  const listed = await listAppFiles(directory, filePatterns(project, directory, options.files), out);
  const vendorChunks = listed.filter(isVendorChunk);
  const ownFiles = listed.filter((path) => !isVendorChunk(path));
  const run = await createRunManager(manager, project.root, {
    env: options.env ?? process.env,
    signal: options.signal,
  });
  const members = await readClosure(project.root, project.app, await manager.listMembers(project, run));
  manager.assertLockFits?.(project, members);
  await using scratch = await createScratch(project, members, manager);
  const version = readVersion(await run(['--version'], scratch.directory));
  assertManagerVersion(manager, version, project);
  await manager.install({ project, members, platform, scratch: scratch.directory, version, run });

  const { root, app, manifest, lock, lockFile } = project;
  const locked = manager.readLockedDependencies?.(lock);
  const tree = await readTree({ scratch: scratch.directory, root, app, members, manifest, platform, locked });
  const placed = [...layOut(tree)].map(([path, id]) => [path, tree.packages.get(id)!] as const);
  const ofKind = (kind: InstalledPackage['kind']): Map<string, InstalledPackage> =>
    new Map(placed.filter(([, installed]) => installed.kind === kind));
  const thirdParty = ofKind('third-party');
  const imagePackages = [...thirdParty].map(([path, { installedAt, manifest }]) => {
    const { name, version } = manifest;
    return { path, installedAt, name, version };
  });
  const pruned = pruneLock(project, imagePackages);
  const layers = await replaceOutput(out, directory, async (next) => {
    const packageJson = manifestForImage(manifest, versionsOf(tree.app, tree));
    await writeFile(join(next, 'packages', lockFile), pruned);
    const libraries = await fillLibraries(join(next, 'libraries'), ofKind('library'), tree, out);
    const chunkBytes = await copyFiles(directory, join(next, 'libraries'), vendorChunks);
    const filled = {
      packages: await fillPackages(join(next, 'packages'), thirdParty),
      libraries: { ...libraries, bytes: libraries.bytes + chunkBytes },
      app: await fillApp(join(next, 'app'), directory, ownFiles, packageJson),
    };
    if (options.signal?.aborted) throw new ImageDepsError('CANCELLED', 'Canceled.');
    return filled;
  });
  return {
    out,
    platform,
    manager: `${manager.command} ${version}`,
    lockFile: join(root, lockFile),
    layers,
    skippedScripts: findSkippedScripts(tree),
    missingCode: findMissingCode(tree, platform),
    unappliedPatches: [
      ...new Set([
        ...(await findUnappliedPatches(root, project.rootManifest, tree)),
        ...(await findUnappliedPatches(directory, manifest, tree)),
      ]),
    ],
  };
}

async function createFromStandalone(
  standalone: Standalone,
  { project, directory, out, platform }: { project: Project; directory: string; out: string; platform: Platform },
): Promise<ImageDepsReport> {
  const { devDependencies, dependencies, optionalDependencies } = project.manifest;
  const production = { ...dependencies, ...optionalDependencies };
  const development = new Set(Object.keys(devDependencies).filter((name) => !(name in production)));
  const layers = await replaceOutput(out, directory, (next) =>
    fillFromStandalone(standalone, directory, next, { platform, development }, (packages) => ({
      name: project.lockFile,
      text: pruneLock(project, packages),
    })),
  );
  const lockFile = join(project.root, project.lockFile);
  return {
    out,
    platform,
    manager: 'next build',
    lockFile,
    layers,
    skippedScripts: [],
    missingCode: [],
    unappliedPatches: [],
  };
}

/** Returns the lock file of what is in the image, without credentials in addresses. */
function pruneLock(project: Project, packages: readonly ImagePackage[]): string {
  const pruned = managers[project.manager].pruneLock(project, packages);
  return pruned.replaceAll(/(:\/\/)[^\s/:@]+:[^\s/@]+@/g, '$1');
}

function filePatterns(
  { manifest, root, lockFile }: Project,
  directory: string,
  files: readonly string[] | undefined,
): readonly string[] {
  // A build with a package.json of its own, as Nx writes it, is the app as a whole.
  const isBuild = directory.split('/').includes('dist') && root === directory;
  const byDefault = isBuild
    ? ['.', '!workspace_modules', `!${lockFile}`]
    : existsSync(join(directory, 'dist'))
      ? ['dist']
      : [];
  const patterns = files ?? manifest.files ?? byDefault;
  if (patterns.length > 0) return patterns;
  throw new ImageDepsError(
    'NOT_BUILT',
    `${directory} has no dist, and its package.json no "files": build the app first, or list its files there.`,
  );
}

async function choosePlatform(directory: string, { dockerfile, platform }: ImageDepsOptions): Promise<Platform> {
  const text = await readFile(dockerfile ?? join(directory, 'Dockerfile'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (dockerfile === undefined && error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  return { ...(text === undefined ? defaultPlatform : platformOfDockerfile(text)), ...platform };
}
