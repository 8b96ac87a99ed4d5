import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import { copyFiles } from '../image/copy.ts';
import type { LayerSize } from '../image/fill.ts';
import type { Layer } from '../image/output.ts';
import { hasSecrets } from '../image/own-files.ts';
import type { ImagePackage } from '../managers/manager.ts';
import { type Platform, runsOn } from '../platform.ts';
import { type Manifest, parseManifest } from '../project/manifest.ts';

/** What `next build` writes with `output: 'standalone'`: the server, and the files of packages that it loads. */
export interface Standalone {
  readonly directory: string;
  /** The app's directory in it: empty, or its path in the workspace. */
  readonly app: string;
}

interface TracedPackage extends ImagePackage {
  readonly manifest: Manifest;
}

/** Returns the standalone build of a Next app, unless there is none. @param app the app's path in its workspace */
export function findStandalone(directory: string, app: string): Standalone | undefined {
  const standalone = join(directory, '.next/standalone');
  const found = ['', app].find((path) => existsSync(join(standalone, path, 'server.js')));
  return found === undefined ? undefined : { directory: standalone, app: found };
}

/** Sorts a standalone build into layers, with the static files that `next build` leaves beside it. */
export async function fillFromStandalone(
  { directory: from, app }: Standalone,
  source: string,
  next: string,
  { platform, development }: { readonly platform: Platform; readonly development: ReadonlySet<string> },
  pruneLock: (packages: readonly ImagePackage[]) => { readonly name: string; readonly text: string },
): Promise<Record<Layer, LayerSize>> {
  const files = (await listAll(from)).filter((path) => !hasSecrets(path) && !isOf(development, path));
  const layerOf = (path: string): Layer => {
    if (path.split('/').includes('node_modules')) return 'packages';
    return app === '' || path.startsWith(`${app}/`) || !path.includes('/') ? 'app' : 'libraries';
  };
  const inLayer = (layer: Layer): string[] => files.filter((path) => layerOf(path) === layer);
  const packages = await readPackages(from, inLayer('packages'));
  assertPlatform(packages, platform);
  const lock = pruneLock(packages);
  await writeFile(join(next, 'packages', lock.name), lock.text);
  const packagesBytes = await copyFiles(from, join(next, 'packages'), inLayer('packages'));
  let librariesBytes = await copyFiles(from, join(next, 'libraries'), inLayer('libraries'));
  let appBytes = await copyFiles(from, join(next, 'app'), inLayer('app'));
  let appFiles = inLayer('app').length;
  for (const beside of ['.next/static', 'public']) {
    const paths = existsSync(join(source, beside)) ? await listAll(join(source, beside)) : [];
    const shared = paths.filter((path) => beside === '.next/static' && sharedChunk.test(path));
    const own = paths.filter((path) => !shared.includes(path));
    appFiles += own.length;
    appBytes += await copyFiles(join(source, beside), join(next, 'app', app, beside), own);
    librariesBytes += await copyFiles(join(source, beside), join(next, 'libraries', app, beside), shared);
  }
  return {
    packages: { count: packages.length, bytes: packagesBytes },
    libraries: {
      count: inLayer('libraries').filter((path) => path.endsWith('/package.json')).length,
      bytes: librariesBytes,
    },
    app: { count: appFiles, bytes: appBytes },
  };
}

/** Chunks of React, Next and other packages, whose names contain a hash. The app's pages are in directories of their own. */
const sharedChunk = /^chunks\/(?:framework|main|polyfills|[\da-f]+)-[\da-f]+\.js$/;

/** Next traces TypeScript, for example, which only its build loads. */
function isOf(packages: ReadonlySet<string>, path: string): boolean {
  const [, name = ''] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  return packages.has(name);
}

/** Returns the paths of files and links, sorted. */
async function listAll(directory: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(directory, prefix), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? listAll(directory, path) : entry.isFile() || entry.isSymbolicLink() ? [path] : [];
    }),
  );
  return found.flat().sort();
}

async function readPackages(from: string, paths: readonly string[]): Promise<TracedPackage[]> {
  const manifests = paths.filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path));
  return Promise.all(
    manifests.map(async (file) => {
      const manifest = parseManifest(await readFile(join(from, file), 'utf8'), join(from, file));
      const path = file.slice(0, -'/package.json'.length);
      return { path, installedAt: path, name: manifest.name, version: manifest.version, manifest };
    }),
  );
}

/** Next traces what this machine loads. */
function assertPlatform(packages: readonly TracedPackage[], platform: Platform): void {
  const foreign = packages.find(({ manifest }) => !runsOn(manifest, platform));
  if (foreign === undefined) return;
  const { os, cpu, libc } = platform;
  throw new ImageDepsError(
    'PLATFORM_MISMATCH',
    `.next/standalone contains ${foreign.name}@${foreign.version}, which doesn't run on ${os} ${cpu} ${libc}: run next build on such a system, as in CI, or add node_modules/${foreign.name} to outputFileTracingExcludes.`,
  );
}
