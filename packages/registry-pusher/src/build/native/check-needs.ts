import { RegistryPusherError } from '../../image/errors.ts';
import type { CheckedFile, Libcs } from './checked-file.ts';
import { groupOf, isAddon, isBuiltHere, isUsed } from './check.ts';
import { packageDirectory, packageName } from './packages.ts';
import type { Runtime } from './runtime.ts';

/** What is known of the image that runs the code. */
export interface Host {
  readonly libcs: Libcs;
  readonly runtime: Runtime;
  /** Libraries that neither the base nor the image has. */
  readonly missing: ReadonlySet<string>;
  /** The NODE_VERSION of the image, such as `20.19.0`. */
  readonly nodeVersion?: string | undefined;
  /** Whether the base is `scratch`. */
  readonly isScratch: boolean;
}

/** The NODE_MODULE_VERSION of each major version. @see https://nodejs.org/api/addons.html, abi_version_registry.json */
const abis: Readonly<Record<string, number>> = {
  16: 93,
  17: 102,
  18: 108,
  19: 111,
  20: 115,
  21: 120,
  22: 127,
  23: 131,
  24: 137,
  25: 141,
};

/** The Debian packages with libraries that addons often need. */
const debianPackages: Readonly<Record<string, string>> = {
  'libatomic.so.1': 'libatomic1',
  'libcairo.so.2': 'libcairo2',
  'libcrypto.so.3': 'libssl3',
  'libfontconfig.so.1': 'libfontconfig1',
  'libgif.so.7': 'libgif7',
  'libgomp.so.1': 'libgomp1',
  'libjpeg.so.62': 'libjpeg62-turbo',
  'libnss3.so': 'libnss3',
  'libodbc.so.2': 'unixodbc',
  'libpango-1.0.so.0': 'libpango-1.0-0',
  'libpixman-1.so.0': 'libpixman-1-0',
  'libpq.so.5': 'libpq5',
  'librsvg-2.so.2': 'librsvg2-2',
  'libsqlite3.so.0': 'libsqlite3-0',
  'libssl.so.3': 'libssl3',
  'libstdc++.so.6': 'libstdc++6',
  'libvips.so.42': 'libvips42',
  'libX11.so.6': 'libx11-6',
  'libz.so.1': 'zlib1g',
};

/**
 * Rejects code that needs newer libraries, another Node.js or a C library that isn't there. Returns warnings about libraries
 * that seem to be missing: a program may set where it looks for them.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH
 */
export function checkNeeds(files: readonly CheckedFile[], host: Host): string[] {
  const used = files.filter((file) => file.native?.runsOnTarget === true && isUsed(file));
  const fine = new Set(used.filter((file) => isAddon(file) && problemsOf(file, host).length === 0).map(groupOf));
  // A package with addons for several versions loads the right one, unless it compiled one when it was installed.
  const isChosen = (file: CheckedFile) => !isAddon(file) || isBuiltHere(file) || !fine.has(groupOf(file));
  const problems = used.filter(isChosen).flatMap((file) => problemsOf(file, host));
  if (problems.length > 0)
    throw new RegistryPusherError(
      'NATIVE_CODE_MISMATCH',
      `The image contains native code that can't run there:${problems.map((problem) => `\n  ${problem}`).join('')}`,
    );
  return used.filter(isChosen).flatMap((file) => warningsOf(file, host));
}

function problemsOf(file: CheckedFile, { runtime, nodeVersion, isScratch, libcs }: Host): string[] {
  const { native, mode } = file;
  const needs = native?.needs;
  if (needs === undefined) return [];
  const problems: string[] = [];
  for (const library of ['GLIBC', 'GLIBCXX'] as const) {
    const has = runtime[library];
    const newest = newestOf(needs.versions, library);
    if (has === undefined || newest === undefined || compareVersions(newest, has) <= 0) continue;
    problems.push(
      `${nameOf(file)} needs ${library}_${newest}, but the base has up to ${library}_${has}. Use a newer base, or ${rebuild(file)} on a system as old as the base.`,
    );
  }
  const major = nodeVersion?.split('.')[0] ?? '';
  const abi = abis[major];
  if (needs.nodeAbi !== undefined && abi !== undefined && needs.nodeAbi !== abi)
    problems.push(
      `${nameOf(file)} is for NODE_MODULE_VERSION ${needs.nodeAbi}${nodeFor(needs.nodeAbi)}, but the image has Node.js ${nodeVersion} (${abi}). Use Node.js ${major} here and ${rebuild(file)}.`,
    );
  if (isScratch && libcs.size === 0 && needs.hasLoader && (mode & 0o100) !== 0)
    problems.push(
      `${nameOf(file)} needs ${native!.libc ?? 'a dynamic loader'}, and nothing brings it on scratch. Link the program statically, or use a base with it.`,
    );
  return problems;
}

function warningsOf(file: CheckedFile, { missing }: Host): string[] {
  const names = file.native?.needs?.libraries.filter((name) => missing.has(name)) ?? [];
  return names.map((name) => {
    const debian = Object.hasOwn(debianPackages, name) ? debianPackages[name] : undefined;
    const remedy =
      debian === undefined
        ? 'Use a base that has it, or a version of the package that doesn’t need it.'
        : `Use a base with the Debian package ${debian}, such as the full image instead of slim.`;
    return `${nameOf(file)} needs ${name}, which neither the base nor the image has. ${remedy}`;
  });
}

function nameOf({ path }: CheckedFile): string {
  const name = packageName(packageDirectory(path));
  return name === undefined ? path : `${path}, from the npm package ${name},`;
}

function rebuild({ path }: CheckedFile): string {
  const name = packageName(packageDirectory(path));
  return name === undefined ? 'build it again' : `run npm rebuild ${name}`;
}

function nodeFor(abi: number): string {
  const [major] = Object.entries(abis).find(([, each]) => each === abi) ?? [];
  return major === undefined ? '' : ` (Node.js ${major})`;
}

function newestOf(versions: readonly string[], library: string): string | undefined {
  return versions
    .flatMap((each) => (new RegExp(`^${library}_([\\d.]+)$`).exec(each) ?? []).slice(1))
    .sort(compareVersions)
    .at(-1);
}

function compareVersions(a: string, b: string): number {
  const [one, other] = [a, b].map((each) => each.split('.').map(Number)) as [number[], number[]];
  for (const [index, part] of one.entries()) if (part !== (other[index] ?? 0)) return part - (other[index] ?? 0);
  return one.length - other.length;
}
