import { posix } from 'node:path';
import { importedFile, isShipped, type Import } from './imports.ts';

/**
 * By package source directory, its folders and shared files in order: each may import itself and those before it. What isn't
 * listed belongs to the nearest listed folder above it. Other files next to the folders are entry points: they may import
 * everything, and no folder may import them. Tests may import anything.
 */
export type FolderOrder = Readonly<Record<string, readonly string[]>>;

const entryPoints = '.';

/** Returns the imports against the order, each as `file: specifier: why not`, and where the order doesn't match the tree. */
export function folderViolations(imports: readonly Import[], order: FolderOrder): string[] {
  return Object.entries(order).flatMap(([root, listed]) => {
    const inside = imports.flatMap(({ file, specifier }) => {
      if (!file.startsWith(`${root}/`) || !isShipped(file)) return [];
      const target = importedFile(file, specifier);
      const to = target?.startsWith(`${root}/`) ? placeOf(posix.relative(root, target), listed) : undefined;
      return [{ file, specifier, from: placeOf(posix.relative(root, file), listed), to }];
    });
    const used = new Set(inside.flatMap(({ from, to }) => [from, to]).filter((place) => place !== undefined));
    const ranks = [...listed, entryPoints];
    return [
      ...[...used]
        .filter((place) => !ranks.includes(place))
        .map((place) => `${root}/${place}: add it to the order of folders in tools/src/boundaries.ts`),
      ...listed
        .filter((place) => !used.has(place))
        .map(
          (place) => `${root}/${place}: doesn't exist: remove it from the order of folders in tools/src/boundaries.ts`,
        ),
      ...inside
        .filter(({ from, to }) => to !== undefined && ranks.indexOf(to) > ranks.indexOf(from))
        .map(({ file, specifier, from, to }) => `${file}: ${specifier}: ${label(from)} may not import ${label(to!)}`),
    ];
  });
}

/** Returns the nearest listed folder or file at or above a path. Without one, its first folder, or the entry points. */
function placeOf(path: string, listed: readonly string[]): string {
  const above = listed.filter((place) => `${path}/`.startsWith(`${place}/`));
  if (above.length === 0) return path.includes('/') ? path.split('/')[0]! : entryPoints;
  return above.reduce((nearest, place) => (place.length > nearest.length ? place : nearest));
}

function label(place: string): string {
  if (place === entryPoints) return 'an entry point';
  return place.endsWith('.ts') ? place : `folder ${place}`;
}
