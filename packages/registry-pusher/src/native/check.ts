import { RegistryPusherError } from '../errors.ts';
import type { HashedFile } from '../layer/hash-files.ts';
import { packageFolder, packageName, PackageManifests } from './packages.ts';

/**
 * Refuses an image with native code that Node would load and linux/amd64 cannot run, as when node_modules come from a Mac.
 * A package that brings such code for several platforms is fine as long as ours is among them, and one that is made for
 * another platform alone is fine unless it stands in the place of the one for ours.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH, naming each file, its package and the remedy
 */
export async function requireNativeCodeRuns(files: readonly HashedFile[]): Promise<void> {
  const served = new Set(files.filter(({ native }) => native?.runsOnTarget).map(folderOf));
  const foreign = firstByFolder(files.filter((file) => isForeign(file) && !served.has(folderOf(file))));
  if (foreign.size === 0) return;
  const manifests = new PackageManifests(files);
  const mismatches: Mismatch[] = [];
  for (const [folder, file] of foreign) {
    const own = await manifests.at(folder);
    if (own === undefined || own.supportsTarget) mismatches.push({ file, package: packageName(folder) });
    else mismatches.push(...(await manifests.missingTargetOf(own.name)).map((name) => ({ file, package: name })));
  }
  if (mismatches.length > 0) throw mismatched(mismatches);
}

/** Code that Node, or another program, may load, and that is not for our platform. */
function isForeign({ entry, native }: HashedFile): boolean {
  if (native === undefined || native.runsOnTarget) return false;
  const isAddon = entry.path.endsWith('.node');
  const isLibrary = /\.so(?:\.\d+)*$/.test(entry.path);
  const isExecutable = (entry.mode & 0o100) !== 0;
  return isAddon || (native.format === 'ELF' && (isLibrary || isExecutable));
}

function folderOf({ entry }: HashedFile): string {
  return packageFolder(entry.contextPath);
}

function firstByFolder(files: readonly HashedFile[]): Map<string, HashedFile> {
  const first = new Map<string, HashedFile>();
  for (const file of files) if (!first.has(folderOf(file))) first.set(folderOf(file), file);
  return first;
}

interface Mismatch {
  readonly file: HashedFile;
  /** The npm package to install again; undefined for code of the app itself. */
  readonly package: string | undefined;
}

function mismatched(mismatches: readonly Mismatch[]): RegistryPusherError {
  const lines = mismatches.map(
    ({ file: { entry, native }, package: name }) =>
      `\n  ${entry.contextPath} is ${native!.description}${name === undefined ? '' : `, of the npm package ${name}`}`,
  );
  const packages = [...new Set(mismatches.flatMap(({ package: name }) => name ?? []))];
  const remedy =
    packages.length > 0
      ? `Install for the image: npm install --os=linux --cpu=x64 --libc=glibc ${packages.join(' ')}`
      : 'Build it for Linux on x86-64, or leave it out by .dockerignore.';
  return new RegistryPusherError(
    'NATIVE_CODE_MISMATCH',
    `The image is for linux/amd64, but holds native code that cannot run there:${lines.join('')}\n${remedy}`,
  );
}
