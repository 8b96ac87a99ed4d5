import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import { isObject, type Manifest } from '../project/manifest.ts';

/** @throws ImageDepsError NOT_BUILT if a library's entry doesn't exist, or is TypeScript, which Node doesn't run in node_modules */
export function assertBuilt(directory: string, manifest: Manifest, files: readonly string[]): void {
  const entries = entriesOf(manifest.raw);
  if (entries.length === 0) return;
  const fix = `build it first, or move it to devDependencies if the app's build bundles it`;
  const present = entries.filter((entry) => existsInPackage(directory, entry));
  if (present.length === 0)
    throw new ImageDepsError(
      'NOT_BUILT',
      `${manifest.name} isn't built: ${join(directory, entries[0]!)} doesn't exist: ${fix}.`,
    );
  if (present.every((entry) => /\.[cm]?tsx?$/.test(entry)))
    throw new ImageDepsError(
      'NOT_BUILT',
      `${manifest.name} exports TypeScript (${present[0]}), which Node doesn't run in node_modules: export its build, or move it to devDependencies if the app's build bundles it.`,
    );
  if (
    !present.some(
      (entry) =>
        entry.includes('*') ||
        files.some((file) => file === entry || file.startsWith(`${entry}.`) || file.startsWith(`${entry}/`)),
    )
  )
    throw new ImageDepsError(
      'NOT_BUILT',
      `${manifest.name}: its entry ${present[0]} isn't among the "files" of ${join(directory, 'package.json')}: add it.`,
    );
}

function existsInPackage(directory: string, entry: string): boolean {
  return entry.includes('*') || ['', '.js', '.json', '.cjs'].some((end) => existsSync(join(directory, entry + end)));
}

/** Returns what `import` and `require` of a package load, relative to it. Empty if that isn't said. */
function entriesOf({ exports, main, module }: Readonly<Record<string, unknown>>): string[] {
  const root = isObject(exports) && '.' in exports ? exports['.'] : exports;
  const isByCondition =
    typeof root === 'string' || (isObject(root) && !Object.keys(root).some((key) => key.startsWith('.')));
  const targets = isByCondition ? targetsOf(root) : [main, module].filter((value) => typeof value === 'string');
  return targets.map((target) => target.replace(/^\.?\/+/, '').replace(/\/+$/, '')).filter((target) => target !== '');
}

const runtimeConditions = new Set(['node', 'node-addons', 'import', 'require', 'module-sync', 'default', 'production']);

function targetsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(targetsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([condition, target]) =>
    runtimeConditions.has(condition) ? targetsOf(target) : [],
  );
}
