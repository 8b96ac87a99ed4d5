import { posix } from 'node:path';
import { importedFile, isShipped, type Import } from './imports.ts';

/**
 * By package source directory, its folders in order: a folder may import itself and the folders before it. A folder that
 * isn't listed belongs to the nearest listed one above it. Files next to the folders are entry points: they may import
 * every folder, and no folder may import them. Tests may import anything.
 */
export type FolderOrder = Readonly<Record<string, readonly string[]>>;

const entryPoints = '.';

/** Returns the imports against the order, each as `file: specifier: why not`, and the folders that don't match the tree. */
export function folderViolations(imports: readonly Import[], order: FolderOrder): string[] {
  return Object.entries(order).flatMap(([root, folders]) => {
    const shipped = imports.filter(({ file }) => file.startsWith(`${root}/`) && isShipped(file));
    const folderOf = (file: string): string => listedFolder(posix.dirname(posix.relative(root, file)), folders);
    const targets = shipped.flatMap(({ file, specifier }) => importedFile(file, specifier) ?? []);
    const files = [...shipped.map(({ file }) => file), ...targets.filter((file) => file.startsWith(`${root}/`))];
    const used = new Set(files.map(folderOf));
    const ranks = [...folders, entryPoints];
    return [
      ...[...used].filter((folder) => !ranks.includes(folder)).map((folder) => `${root}/${folder}: not in the order`),
      ...folders
        .filter((folder) => !used.has(folder))
        .map((folder) => `${root}/${folder}: in the order, but not there`),
      ...shipped.flatMap(({ file, specifier }) => {
        const target = importedFile(file, specifier);
        if (!target?.startsWith(`${root}/`)) return [];
        const [from, to] = [folderOf(file), folderOf(target)];
        if (ranks.indexOf(to) <= ranks.indexOf(from)) return [];
        return [
          `${file}: ${specifier}: folder ${from} may not import ${to === entryPoints ? 'an entry point' : `folder ${to}`}`,
        ];
      }),
    ];
  });
}

/** Returns the nearest listed folder at or above this one; without one, its first part. */
function listedFolder(folder: string, listed: readonly string[]): string {
  const above = listed.filter((candidate) => `${folder}/`.startsWith(`${candidate}/`));
  if (above.length === 0) return folder.split('/')[0]!;
  return above.reduce((nearest, candidate) => (candidate.length > nearest.length ? candidate : nearest));
}
