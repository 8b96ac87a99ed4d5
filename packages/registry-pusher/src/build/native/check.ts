import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { CheckedFile, Libcs } from './checked-file.ts';
import { packageDirectory, packageName, PackageManifests } from './packages.ts';

/**
 * Rejects native code that would be loaded or run but can't run on the image's platform, such as node_modules from a Mac, or
 * from a glibc system for an Alpine base. Accepts packages with code for several platforms including this one, and packages
 * for another platform unless they replace the one for this platform.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH, with each file, its package and the fix
 */
export async function assertNativeCodeRuns(files: readonly CheckedFile[], libcs: Libcs = new Set()): Promise<void> {
  const native = files.filter((file) => file.native !== undefined);
  const supported = new Set(native.filter((file) => canRun(file, libcs)).map(groupOf));
  const foreign = native.filter(
    (file) => isForeign(file, libcs) && (isBuiltHere(file) || !supported.has(groupOf(file))),
  );
  if (foreign.length === 0) return;
  const manifests = new PackageManifests(files, libcs);
  const mismatches = new Map<string, Mismatch>();
  for (const file of foreign) {
    if (mismatches.has(groupOf(file))) continue;
    for (const name of await findBroken(file, manifests)) mismatches.set(groupOf(file), { file, package: name });
  }
  if (mismatches.size > 0) throw mismatchError([...mismatches.values()], libcs);
}

function canRun({ native }: CheckedFile, libcs: Libcs): boolean {
  return native!.runsOnTarget && (native!.libc === undefined || libcs.size === 0 || libcs.has(native!.libc));
}

/** Returns whether Node.js or another program may load or run the file, but the platform can't. */
function isForeign(file: CheckedFile, libcs: Libcs): boolean {
  const isLibrary = file.native!.format === 'ELF' && /\.so(?:\.\d+)*$/.test(file.path);
  return !canRun(file, libcs) && (isAddon(file) || isLibrary || (file.mode & 0o100) !== 0);
}

function isAddon({ path }: CheckedFile): boolean {
  return path.endsWith('.node');
}

/** Returns whether the file was compiled when its package was installed. Loaders prefer it to prebuilt code. */
function isBuiltHere({ path }: CheckedFile): boolean {
  return /\/build\/(?:Release|Debug)\/[^/]+\.node$/.test(path);
}

/** A package chooses among its own files; outside of packages, files of one directory belong together. */
function groupOf({ path }: CheckedFile): string {
  return packageDirectory(path) || posix.dirname(path);
}

/**
 * Returns the npm packages that a file breaks, with undefined for the app itself. A package for this platform may contain
 * programs for others, because it runs the right one.
 */
async function findBroken(file: CheckedFile, manifests: PackageManifests): Promise<(string | undefined)[]> {
  const directory = packageDirectory(file.path);
  if (directory === '') return [undefined];
  const own = await manifests.at(directory);
  if (own !== undefined && !own.supportsTarget) return manifests.missingTargetOf(own.name);
  const isLoaded = isAddon(file) || file.native!.format === 'ELF';
  return isLoaded && !manifests.hasTarget(own) ? [packageName(directory)] : [];
}

interface Mismatch {
  readonly file: CheckedFile;
  /** The npm package to install again, or undefined for the app's own code. */
  readonly package: string | undefined;
}

function mismatchError(mismatches: readonly Mismatch[], libcs: Libcs): RegistryPusherError {
  const lines = mismatches.map(
    ({ file: { path, native }, package: name }) =>
      `\n  ${path} is ${native!.description}${name === undefined ? '' : `, from the npm package ${name}`}`,
  );
  const packages = [...new Set(mismatches.flatMap(({ package: name }) => name ?? []))];
  const libc = [...libcs][0];
  const platform = `linux/amd64${libc === undefined ? '' : ` with ${[...libcs].join(' and ')}`}`;
  const remedies = [
    ...(packages.length > 0
      ? [
          `Install for the image's platform: npm install --os=linux --cpu=x64 --libc=${libc ?? 'glibc'} ${packages.join(' ')}`,
        ]
      : []),
    ...(mismatches.some(({ package: name }) => name === undefined)
      ? [`Build it for Linux on x86-64${libc === undefined ? '' : ` with ${libc}`}, or exclude it in .dockerignore.`]
      : []),
  ];
  return new RegistryPusherError(
    'NATIVE_CODE_MISMATCH',
    `The image is for ${platform} but contains native code that can't run there:${lines.join('')}\n${remedies.join('\n')}`,
  );
}
