import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { CheckedFile, Libcs } from './checked-file.ts';
import { packageDirectory, packageName, PackageManifests } from './packages.ts';

/**
 * Refuses an image with native code that something would load or run and its platform cannot, as when node_modules come from a
 * Mac, or from a glibc system for an Alpine base. A package that brings such code for several platforms is fine as long as ours is
 * among them, and one that is made for another platform alone is fine unless it stands in the place of the one for ours.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH, naming each file, its package and the remedy
 */
export async function requireNativeCodeRuns(files: readonly CheckedFile[], libcs: Libcs = new Set()): Promise<void> {
  const native = files.filter((file) => file.native !== undefined);
  const served = new Set(native.filter((file) => runs(file, libcs)).map(groupOf));
  const foreign = native.filter((file) => isForeign(file, libcs) && (isBuiltHere(file) || !served.has(groupOf(file))));
  if (foreign.length === 0) return;
  const manifests = new PackageManifests(files, libcs);
  const mismatches = new Map<string, Mismatch>();
  for (const file of foreign) {
    if (mismatches.has(groupOf(file))) continue;
    for (const name of await brokenBy(file, manifests)) mismatches.set(groupOf(file), { file, package: name });
  }
  if (mismatches.size > 0) throw mismatched([...mismatches.values()], libcs);
}

function runs({ native }: CheckedFile, libcs: Libcs): boolean {
  return native!.runsOnTarget && (native!.libc === undefined || libcs.size === 0 || libcs.has(native!.libc));
}

/** Code that Node, or another program, may load or run, and that our platform cannot. */
function isForeign(file: CheckedFile, libcs: Libcs): boolean {
  const isLibrary = file.native!.format === 'ELF' && /\.so(?:\.\d+)*$/.test(file.path);
  return !runs(file, libcs) && (isAddon(file) || isLibrary || (file.mode & 0o100) !== 0);
}

function isAddon({ path }: CheckedFile): boolean {
  return path.endsWith('.node');
}

/** What was compiled where the package was installed: loaders take it before anything that came with the package. */
function isBuiltHere({ path }: CheckedFile): boolean {
  return /\/build\/(?:Release|Debug)\/[^/]+\.node$/.test(path);
}

/** Code is chosen from inside a package; outside of packages, from what lies together. */
function groupOf({ path }: CheckedFile): string {
  return packageDirectory(path) || posix.dirname(path);
}

/**
 * The npm packages that do not work because of a file, undefined for the app itself. Programs for other systems inside a package
 * for ours are left to it: it brings several and runs the right one.
 */
async function brokenBy(file: CheckedFile, manifests: PackageManifests): Promise<(string | undefined)[]> {
  const directory = packageDirectory(file.path);
  if (directory === '') return [undefined];
  const own = await manifests.at(directory);
  if (own !== undefined && !own.supportsTarget) return manifests.missingTargetOf(own.name);
  const isLoaded = isAddon(file) || file.native!.format === 'ELF';
  return isLoaded && !manifests.hasTarget(own) ? [packageName(directory)] : [];
}

interface Mismatch {
  readonly file: CheckedFile;
  /** The npm package to install again; undefined for code of the app itself. */
  readonly package: string | undefined;
}

function mismatched(mismatches: readonly Mismatch[], libcs: Libcs): RegistryPusherError {
  const lines = mismatches.map(
    ({ file: { path, native }, package: name }) =>
      `\n  ${path} is ${native!.description}${name === undefined ? '' : `, of the npm package ${name}`}`,
  );
  const packages = [...new Set(mismatches.flatMap(({ package: name }) => name ?? []))];
  const libc = [...libcs][0];
  const platform = `linux/amd64${libc === undefined ? '' : ` with ${[...libcs].join(' and ')}`}`;
  const remedies = [
    ...(packages.length > 0
      ? [`Install for the image: npm install --os=linux --cpu=x64 --libc=${libc ?? 'glibc'} ${packages.join(' ')}`]
      : []),
    ...(mismatches.some(({ package: name }) => name === undefined)
      ? [`Build it for Linux on x86-64${libc === undefined ? '' : ` with ${libc}`}, or leave it out by .dockerignore.`]
      : []),
  ];
  return new RegistryPusherError(
    'NATIVE_CODE_MISMATCH',
    `The image is for ${platform}, but holds native code that cannot run there:${lines.join('')}\n${remedies.join('\n')}`,
  );
}
