import ts from 'typescript';

/** An export of a package, such as `@tozo/deploy/secrets`, and the file with its declarations. */
export interface EntryPoint {
  readonly specifier: string;
  readonly file: string;
}

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  // Nothing is checked, so the types of JavaScript and Node aren't needed.
  noLib: true,
  types: [],
  noEmit: true,
};

/** Returns a printer of declarations for these files. Reading them all at once is much faster than one by one. */
export function createApiPrinter(
  files: readonly string[],
): (entries: readonly EntryPoint[], directory: string) => string {
  const program = ts.createProgram([...files], options);
  const checker = program.getTypeChecker();

  /** Follows re-exports to where a symbol is declared. */
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

  function printEntry({ specifier, file }: EntryPoint, directory: string): string {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} has no declarations: run tsc -b.`);
    const isOwn = (declaration: ts.Declaration) => declaration.getSourceFile().fileName.startsWith(`${directory}/`);
    const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [resolve(symbol), symbol.name]));
    const printed = new Map<ts.Symbol, string>();
    const pending = [...exported.keys()];
    for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
      if (printed.has(symbol)) continue;
      const declarations = (symbol.declarations ?? []).filter(isOwn);
      printed.set(symbol, declarations.map(printDeclaration).join('\n'));
      for (const declaration of declarations) pending.push(...referencedTypes(declaration));
    }
    const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    const visible = [...exported].map(
      ([symbol, name]) => printed.get(symbol) || `export { ${name} }; // of another package`,
    );
    const hidden = [...printed]
      .filter(([symbol, text]) => !exported.has(symbol) && text !== '')
      .map(([, text]) => text);
    const section = [
      ...visible.toSorted(byName),
      ...(hidden.length > 0 ? ['// Not exported, but part of the above:'] : []),
      ...hidden.toSorted(byName),
    ];
    return `## ${specifier}\n\n\`\`\`ts\n${section.join('\n')}\n\`\`\`\n`;
  }

  function referencedTypes(node: ts.Node): ts.Symbol[] {
    const found: ts.Symbol[] = [];
    const visit = (child: ts.Node): void => {
      if (ts.isIdentifier(child)) {
        const symbol = checker.getSymbolAtLocation(child);
        const target = symbol && resolve(symbol);
        if (target?.declarations?.some(isTopLevelType)) found.push(target);
      }
      ts.forEachChild(child, visit);
    };
    visit(node);
    return found;
  }

  return (entries, directory) => entries.map((entry) => printEntry(entry, directory)).join('\n');
}

function isTopLevelType(node: ts.Declaration): boolean {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

function printDeclaration(declaration: ts.Declaration): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
  return withDoubleQuotes(ts.isVariableDeclaration(declaration) ? `export declare const ${text};` : text);
}

/** Compilers write inferred types with different quotes. */
function withDoubleQuotes(text: string): string {
  return text.replaceAll(/'([^'"\n]*)'/g, '"$1"');
}
