import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One module named in an import, export, `import()` or `require()`. */
export interface Import {
  /** Relative to the workspace's folder. */
  readonly file: string;
  /** As it is written: `node:fs`, `./a.ts`, `@tozo/deploy`. */
  readonly specifier: string;
}

/** The imports of every TypeScript and JavaScript file that git tracks, or would if it were added. */
export function readImports(root: string): Import[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.js'];
  const present = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\0');
  return present
    .filter((file) => !deleted.includes(file))
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

function importsOf(file: string, text: string): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({ file, specifier: fileName }));
}
