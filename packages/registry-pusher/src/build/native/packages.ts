import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { CheckedFile, Libcs } from './checked-file.ts';
import type { Libc } from './elf.ts';

const directoryGrammar = /^(.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*)\//s;

/** Returns the directory of a file's npm package; empty for the app itself. */
export function packageDirectory(path: string): string {
  return directoryGrammar.exec(path)?.[1] ?? '';
}

/** Returns the name of the package in a directory. */
export function packageName(directory: string): string | undefined {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/s.exec(directory)?.[1];
}

/** The platforms in a package.json. */
export interface PlatformManifest {
  readonly name: string;
  /** Whether npm would install it on Linux on x86-64 with the image's C library. */
  readonly supportsTarget: boolean;
  readonly optionalDependencies: readonly string[];
}

/** The package.json files of an image, read on demand. */
export class PackageManifests {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #libcs: Libcs;
  readonly #read = new Map<string, Promise<PlatformManifest | undefined>>();

  constructor(files: readonly CheckedFile[], libcs: Libcs) {
    this.#libcs = libcs;
    this.#paths = new Map(
      files.flatMap(({ path, absolute }) =>
        absolute !== undefined && posix.basename(path) === 'package.json'
          ? [[path.replace(/\/?package\.json$/, ''), absolute] as const]
          : [],
      ),
    );
  }

  at(directory: string): Promise<PlatformManifest | undefined> {
    const path = this.#paths.get(directory);
    if (path === undefined) return Promise.resolve(undefined);
    const manifest = this.#read.get(directory) ?? readManifest(path, packageName(directory) ?? '', this.#libcs);
    this.#read.set(directory, manifest);
    return manifest;
  }

  /**
   * Returns the packages that depend on this platform package and its siblings, but lack the sibling for Linux on x86-64.
   * They would find no code to load.
   */
  async missingTargetOf(platformPackage: string): Promise<string[]> {
    const manifests = await Promise.all([...this.#paths.keys()].map((directory) => this.at(directory)));
    return manifests.flatMap((manifest) => {
      if (!manifest?.optionalDependencies.includes(platformPackage)) return [];
      return this.#forTarget(manifest).length > 0 && !this.hasTarget(manifest) ? [manifest.name] : [];
    });
  }

  /** Returns whether a package that depends on platform packages has the one for Linux on x86-64. */
  hasTarget(manifest: PlatformManifest | undefined): boolean {
    const present = new Set([...this.#paths.keys()].map(packageName));
    return manifest !== undefined && this.#forTarget(manifest).some((name) => present.has(name));
  }

  /** Returns the optional dependencies with Linux on x86-64 in their name. */
  #forTarget({ optionalDependencies }: PlatformManifest): string[] {
    const forLinux = optionalDependencies.filter((name) => /linux/.test(name) && /x64|x86[-_]64|amd64/.test(name));
    const forLibc = forLinux.filter((name) => this.#libcs.size === 0 || this.#libcs.has(libcByName(name)));
    return forLibc.length > 0 ? forLibc : forLinux;
  }
}

function libcByName(name: string): Libc {
  return /musl/.test(name) ? 'musl' : 'glibc';
}

async function readManifest(path: string, fallbackName: string, libcs: Libcs): Promise<PlatformManifest | undefined> {
  try {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return {
      name: typeof parsed['name'] === 'string' ? parsed['name'] : fallbackName,
      supportsTarget:
        allows(parsed['os'], 'linux') &&
        allows(parsed['cpu'], 'x64') &&
        (libcs.size === 0 || [...libcs].some((libc) => allows(parsed['libc'], libc))),
      optionalDependencies: Object.keys(parsed['optionalDependencies'] ?? {}),
    };
  } catch {
    return undefined;
  }
}

/** Reads `os`, `cpu` and `libc` as npm does: a list of allowed values, or with `!` of disallowed ones. */
function allows(list: unknown, value: string): boolean {
  const names = typeof list === 'string' ? [list] : Array.isArray(list) ? (list as unknown[]) : [];
  if (names.includes(`!${value}`)) return false;
  const allowed = names.filter((name) => typeof name === 'string' && !name.startsWith('!'));
  return allowed.length === 0 || allowed.includes(value) || allowed.includes('any');
}
