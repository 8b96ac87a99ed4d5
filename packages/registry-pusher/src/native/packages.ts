import { readFile } from 'node:fs/promises';
import type { HashedFile } from '../layer/hash-files.ts';

const folderGrammar = /^(.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*)\//s;

/** The folder of the npm package that a file belongs to; empty for the app itself. */
export function packageFolder(path: string): string {
  return folderGrammar.exec(path)?.[1] ?? '';
}

/** The package's name by its folder. */
export function packageName(folder: string): string | undefined {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/s.exec(folder)?.[1];
}

/** What a package.json says about platforms. */
export interface PlatformManifest {
  readonly name: string;
  /** Whether npm would install it on Linux on x86-64. */
  readonly supportsTarget: boolean;
  readonly optionalDependencies: readonly string[];
}

/** The package.json files that go into an image, read when they are asked for. */
export class PackageManifests {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #read = new Map<string, Promise<PlatformManifest | undefined>>();

  constructor(files: readonly HashedFile[]) {
    const manifests = files.filter(
      ({ entry: { contextPath } }) => contextPath === 'package.json' || contextPath.endsWith('/package.json'),
    );
    this.#paths = new Map(
      manifests.map(({ entry }) => [entry.contextPath.replace(/\/?package\.json$/, ''), entry.absolute]),
    );
  }

  at(folder: string): Promise<PlatformManifest | undefined> {
    const path = this.#paths.get(folder);
    if (path === undefined) return Promise.resolve(undefined);
    const manifest = this.#read.get(folder) ?? readManifest(path, packageName(folder) ?? '');
    this.#read.set(folder, manifest);
    return manifest;
  }

  /**
   * The packages that choose among packages for one platform each, the given one being among them, and whose choice for
   * Linux on x86-64 is not there: they would find no code to load.
   */
  async missingTargetOf(platformPackage: string): Promise<string[]> {
    const present = new Set([...this.#paths.keys()].map(packageName));
    const manifests = await Promise.all([...this.#paths.keys()].map((folder) => this.at(folder)));
    return manifests.flatMap((manifest) => {
      if (!manifest?.optionalDependencies.includes(platformPackage)) return [];
      const forTarget = manifest.optionalDependencies.filter(
        (name) => /linux/.test(name) && /x64|x86[-_]64|amd64/.test(name),
      );
      return forTarget.length > 0 && !forTarget.some((name) => present.has(name)) ? [manifest.name] : [];
    });
  }
}

async function readManifest(path: string, fallbackName: string): Promise<PlatformManifest | undefined> {
  try {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return {
      name: typeof parsed['name'] === 'string' ? parsed['name'] : fallbackName,
      supportsTarget: allows(parsed['os'], 'linux') && allows(parsed['cpu'], 'x64'),
      optionalDependencies: Object.keys(parsed['optionalDependencies'] ?? {}),
    };
  } catch {
    return undefined;
  }
}

/** How npm reads `os` and `cpu`: a list of what is allowed, or with `!` of what is not. */
function allows(list: unknown, value: string): boolean {
  const names = typeof list === 'string' ? [list] : Array.isArray(list) ? (list as unknown[]) : [];
  if (names.includes(`!${value}`)) return false;
  const allowed = names.filter((name) => typeof name === 'string' && !name.startsWith('!'));
  return allowed.length === 0 || allowed.includes(value) || allowed.includes('any');
}
