import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** A module specifier in an import, export, `import()` or `require()`. */
export interface Import {
  /** The importing file, relative to the workspace root. */
  readonly file: string;
  /** As written: `node:fs`, `./a.ts`, `@tozo/deploy`. */
  readonly specifier: string;
}

/** Returns the imports of every TypeScript and JavaScript file that git tracks or would add. */
export function readImports(root: string): Import[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.js'];
  const present = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\0');
  return present
    .filter((file) => !deleted.includes(file))
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** Returns the path that a relative import resolves to, or undefined for a package. */
export function importedFile(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

/** Returns the package of a specifier: `@tozo/deploy` of `@tozo/deploy/secrets`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether a file is part of what users install, not a test or tooling. */
export function isShipped(file: string): boolean {
  return /\/(src|bin)\//.test(file) && !/\.test\.ts$|\/testing\//.test(file);
}

function importsOf(file: string, text: string): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({ file, specifier: fileName }));
}
