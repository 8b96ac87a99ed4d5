import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { packageOf } from '../imports.ts';

/** What a set of entry files leads to. */
export interface Reachable {
  /** JavaScript and declarations, as paths in the package. */
  readonly files: ReadonlySet<string>;
  /** The packages that they import, Node's own modules included. */
  readonly packages: ReadonlySet<string>;
}

/**
 * Follows the imports of compiled modules and declarations.
 * @param entries relative to `directory`
 */
export async function findReachable(directory: string, entries: readonly string[]): Promise<Reachable> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const pending = [...entries];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!/\.js$|\.d\.ts$/.test(file)) continue;
    for (const specifier of importsOf(await readFile(join(directory, file), 'utf8')))
      if (specifier.startsWith('.')) pending.push(targetOf(file, specifier));
      else packages.add(packageOf(specifier));
  }
  return { files, packages };
}

function importsOf(text: string): string[] {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

/** A declaration imports `./a.ts` or `./a.js` and means `./a.d.ts`. */
function targetOf(file: string, specifier: string): string {
  const target = posix.join(posix.dirname(file), specifier);
  return file.endsWith('.d.ts') ? target.replace(/\.[jt]s$/, '.d.ts') : target;
}
