import { isObject, type Manifest } from '../project/manifest.ts';

/**
 * Returns a package.json for the image: without devDependencies and the workspace's settings, and with versions in place of
 * `workspace:` and `catalog:`, which only package managers know.
 * @param versions the installed versions by name
 * @param drop more fields to leave out
 */
export function manifestForImage(
  { raw }: Manifest,
  versions: ReadonlyMap<string, string>,
  drop: readonly string[] = [],
): string {
  const left = new Set(['devDependencies', 'workspaces', 'pnpm', 'nx', 'packageManager', 'devEngines', ...drop]);
  const entries = Object.entries(raw).filter(([field]) => !left.has(field));
  const concrete = entries.map(([field, value]) =>
    /^(?:optionalD|peerD|d)ependencies$/.test(field) && isObject(value)
      ? [
          field,
          Object.fromEntries(
            Object.entries(value).map(([name, range]) => [name, concreteRange(range, versions.get(name))]),
          ),
        ]
      : [field, value],
  );
  return `${JSON.stringify(Object.fromEntries(concrete), undefined, 2)}\n`;
}

function concreteRange(range: unknown, version: string | undefined): unknown {
  if (typeof range !== 'string' || version === undefined) return range;
  if (range.startsWith('catalog:')) return version;
  const [, wanted] = /^workspace:(?:[^/]*@)?(.*)$/.exec(range) ?? [];
  if (wanted === undefined) return range;
  if (wanted === '^' || wanted === '~') return `${wanted}${version}`;
  return /^[\^~<>=\d]/.test(wanted) ? wanted : version;
}
