import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { workspace } from './packages.ts';

/** A code block of a package's README. */
export interface Example {
  /** The package's name without its scope. */
  readonly packageName: string;
  readonly line: number;
  /** TypeScript and JavaScript alike. */
  readonly code: string;
}

/** Returns the examples in TypeScript and JavaScript, in the order of the README. */
export async function readExamples(packageName: string): Promise<Example[]> {
  const readme = await readFile(join(workspace, 'packages', packageName, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```[jt]s\n(.*?)^```$/gms)].map(({ 1: code = '', index }) => ({
    packageName,
    line: readme.slice(0, index).split('\n').length,
    code,
  }));
}

/** Node 20 can't parse `await using`. */
export function toJavaScript(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  return outputText;
}

/**
 * Compiles files as a strict user does: without skipLibCheck, so an incomplete declaration of any package is a problem.
 * @param types the directory that has @types/node, and nothing else
 * @returns the problems as `FILE:LINE: message`
 */
export function compileStrictly(files: readonly string[], resolution: 'nodenext' | 'bundler', types: string): string[] {
  const options: ts.CompilerOptions = {
    ...(resolution === 'nodenext'
      ? { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
      : { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }),
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
    typeRoots: [types],
  };
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([...files], options));
  return problems.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
