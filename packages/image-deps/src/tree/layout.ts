import { ImageDepsError } from '../errors.ts';

/** Packages as nodes, and what each of them imports by which name. */
export interface Graph {
  /** What the app itself imports: ids by name. */
  readonly app: ReadonlyMap<string, string>;
  readonly packages: ReadonlyMap<string, GraphNode>;
}

export interface GraphNode {
  readonly edges: ReadonlyMap<string, string>;
  /** Where it was installed, relative to the app's future directory. Used if nothing else is there. */
  readonly preferred?: string | undefined;
}

/** Versions that need each other in a circle would nest forever. */
const deepest = 50;

/**
 * Places packages in node_modules of one directory, the app's, so that Node finds the right version of each from everywhere.
 * A package manager's places are kept wherever the app, which moves from its directory to the root, doesn't need them.
 * @throws ImageDepsError LAYOUT_IMPOSSIBLE
 * @returns ids by path, such as `node_modules/debug/node_modules/ms`, sorted by path
 */
export function layOut({ app, packages }: Graph): Map<string, string> {
  const placed = new Map<string, string>();
  for (const [name, id] of app) placed.set(`node_modules/${name}`, id);
  placePreferred(placed, packages);
  placeMissing(placed, packages);
  return new Map([...placed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function placePreferred(placed: Map<string, string>, packages: Graph['packages']): void {
  const preferred = [...packages].flatMap(([id, { preferred }]) =>
    preferred === undefined ? [] : [{ id, preferred }],
  );
  const ids = new Map(preferred.map(({ id, preferred }) => [preferred, id]));
  for (const { id, preferred: path } of preferred.sort((a, b) => a.preferred.length - b.preferred.length)) {
    const parent = parentOf(path);
    const isParentInPlace =
      parent === '' || (placed.has(parent) && (ids.get(parent) ?? placed.get(parent)) === placed.get(parent));
    if (isParentInPlace && !placed.has(path)) placed.set(path, id);
  }
}

/** A new place can hide another version from what is below it, so this repeats until nothing is missing. */
function placeMissing(placed: Map<string, string>, packages: Graph['packages']): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const [path, id] of placed)
      for (const [name, target] of packages.get(id)?.edges ?? []) {
        const found = lookUp(placed, path, name);
        if (found === target) continue;
        const place = found === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`;
        if (place.split('node_modules/').length > deepest) throw circleError(path, name);
        placed.set(place, target);
        changed = true;
      }
  }
}

function circleError(path: string, name: string): ImageDepsError {
  const [, outermost] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return new ImageDepsError(
    'LAYOUT_IMPOSSIBLE',
    `Versions of ${name} below ${outermost} need each other in a circle, which can't be nested: update ${outermost}.`,
  );
}

/** Returns what Node finds by a name from a package's directory. */
export function lookUp(placed: ReadonlyMap<string, string>, path: string, name: string): string | undefined {
  for (let directory = path; ; directory = parentOf(directory)) {
    const found = placed.get(`${directory === '' ? '' : `${directory}/`}node_modules/${name}`);
    if (found !== undefined || directory === '') return found;
  }
}

function parentOf(path: string): string {
  const end = path.lastIndexOf('node_modules/');
  return end <= 0 ? '' : path.slice(0, end - 1);
}
