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
  return !canRun(file, libcs) && isUsed(file);
}

/** Returns whether a file looks like one that is loaded or run. */
export function isUsed(file: CheckedFile): boolean {
  const isLibrary = file.native?.format === 'ELF' && /\.so(?:\.\d+)*$/.test(file.path);
  return isAddon(file) || isLibrary || (file.mode & 0o100) !== 0;
}

/**
 * Returns warnings about packages that contain programs for other systems and no program or addon for Linux, such as
 * ffmpeg-static installed on a Mac. They may never be run.
 */
export function warnAboutPrograms(files: readonly CheckedFile[]): string[] {
  const native = files.filter((file) => file.native !== undefined && packageDirectory(file.path) !== '');
  const supported = new Set(native.filter(({ native: code }) => code!.runsOnTarget).map(groupOf));
  const directories = new Set([...files].map(({ path }) => packageName(packageDirectory(path))));
  const warned = new Map<string, string>();
  for (const file of native) {
    const name = packageName(groupOf(file));
    if (supported.has(groupOf(file)) || isAddon(file) || file.native!.format === 'ELF' || !isUsed(file)) continue;
    if (name === undefined || /(?:darwin|macos|win32|windows)/i.test(name) || hasLinuxSibling(name, directories))
      continue;
    warned.set(
      groupOf(file),
      `${file.path} is ${file.native!.description}, and the npm package ${name} has no program for Linux. If the app runs it, install it for the image's platform: npm_config_platform=linux npm_config_arch=x64 npm rebuild ${name}`,
    );
  }
  return [...warned.values()];
}

/** Returns whether a package of the same scope or prefix is for Linux on x86-64. */
function hasLinuxSibling(name: string, packages: ReadonlySet<string | undefined>): boolean {
  return [...packages].some((other) => other?.startsWith(name) && /linux.*(?:x64|64)/.test(other));
}

export function isAddon({ path }: CheckedFile): boolean {
  return path.endsWith('.node');
}

/** Returns whether the file was compiled when its package was installed. Loaders prefer it to prebuilt code. */
export function isBuiltHere({ path }: CheckedFile): boolean {
  return /\/build\/(?:Release|Debug)\/[^/]+\.node$/.test(path);
}

/** A package chooses among its own files; outside of packages, files of one directory belong together. */
export function groupOf({ path }: CheckedFile): string {
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

/** Prisma generates .prisma, and downloads engines for the targets in the schema. @see https://pris.ly/d/binary-targets */
function isPrisma(name: string): boolean {
  return name === '.prisma' || name.startsWith('@prisma/');
}

function prismaRemedy(libc: string | undefined): string {
  const target = libc === 'musl' ? 'linux-musl-openssl-3.0.x' : 'debian-openssl-3.0.x';
  return `Add the engine to the generator in schema.prisma: binaryTargets = ["native", "${target}"], and run: npx prisma generate`;
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
  const installed = packages.filter((name) => !isPrisma(name));
  const libc = [...libcs][0];
  const platform = `linux/amd64${libc === undefined ? '' : ` with ${[...libcs].join(' and ')}`}`;
  const remedies = [
    ...(packages.some(isPrisma) ? [prismaRemedy(libc)] : []),
    ...(installed.length > 0
      ? [
          `Install for the image's platform: npm install --os=linux --cpu=x64 --libc=${libc ?? 'glibc'} ${installed.join(' ')}`,
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
