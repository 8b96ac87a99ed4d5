import type { Manifest } from '../workspace.ts';
import type { Bundle } from './plans.ts';

/** The part of a package.json that only this workspace reads. */
const workspaceOnly = new Set(['scripts', 'nx', 'devDependencies']);
/** The export condition that leads to the sources. */
const sourceCondition = '@tozo/source';

type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** A package.json as far as publishing reads it. */
export interface PackageManifest extends Manifest {
  readonly version: string;
  readonly exports: Exports;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * Returns the package.json to publish: without what only this workspace needs, and with bundles in the place of the modules
 * that they contain.
 * @param imported the packages that the published files import; other dependencies are part of a bundle
 */
export function toPublished(
  manifest: PackageManifest,
  bundles: readonly Bundle[],
  imported: ReadonlySet<string>,
): PackageManifest {
  const { dependencies: declared, ...rest } = manifest;
  const dependencies = Object.entries(declared ?? {}).filter(([name]) => imported.has(name));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !workspaceOnly.has(key))),
    exports: publishedExports(manifest.exports, bundles),
    ...(dependencies.length > 0 ? { dependencies: Object.fromEntries(dependencies) } : {}),
  } as PackageManifest;
}

function publishedExports(exports: Exports, bundles: readonly Bundle[]): Exports {
  const bundled = new Map(bundles.flatMap(({ exports = [], file }) => exports.map((path) => [path, file] as const)));
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => {
      if (typeof target === 'string') return [path, target];
      const { [sourceCondition]: _, ...published } = target;
      const file = bundled.get(path);
      return [path, file === undefined ? published : { ...published, default: `./${file}` }];
    }),
  );
}

/** Returns the files that users reach by an export or a command, as paths in the package. */
export function entryFiles({ exports, bin }: PackageManifest): string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return [...new Set([...targets, ...Object.values(bin ?? {})])].map((path) => path.replace(/^\.\//, ''));
}
