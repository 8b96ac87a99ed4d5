import ts from 'typescript';

/** A source with all its mutants. Which of them is in effect is read from `globalThis.mutant` at run time. */
export interface MutatedSource {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

export interface Mutant {
  /** `12: a === b → a !== b`. */
  readonly change: string;
  /** Whether it takes effect when the module is loaded, because it isn't part of a function. */
  readonly isStatic: boolean;
}

/**
 * Builds small mistakes into a TypeScript source: conditions that are always or never true, clauses, strings, numbers and
 * properties that are missing.
 * @param first the number of the first mutant
 */
export function mutateSource(source: string, first: number): MutatedSource {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];

  function emit(node: ts.Node): string {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return raw(node);
    const original = emitChildren(node);
    const changes = changesOf(node);
    if (changes.length === 0) return original;
    const choices = changes.map((change) => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      mutants.push({
        change: `${line + 1}: ${short(raw(node))} → ${short(change)}`,
        isStatic: ts.findAncestor(node, ts.isFunctionLike) === undefined,
      });
      return `globalThis.mutant === ${first + mutants.length - 1} ? (${change}) : `;
    });
    const name = ts.isShorthandPropertyAssignment(node) ? `${node.name.text}: ` : '';
    return `${name}(${choices.join('')}${original})`;
  }

  function emitChildren(node: ts.Node): string {
    let text = '';
    let position = node.getStart(file);
    node.forEachChild((child) => {
      const start = child.getStart(file);
      text += source.slice(position, start) + emit(child);
      position = child.end;
    });
    return text + source.slice(position, node.end);
  }

  function raw(node: ts.Node): string {
    return node.getText(file);
  }

  /** Returns what an expression is replaced by. */
  function changesOf(node: ts.Node): string[] {
    if (ts.isShorthandPropertyAssignment(node)) return ['undefined'];
    if (!ts.isExpression(node) || isName(node)) return [];
    const changes = isCondition(node) ? ['true', 'false'] : [];
    if (isOptional(node)) changes.push('undefined');
    if (ts.isBinaryExpression(node)) changes.push(...changedOperators(node));
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      changes.push(raw(node.operand));
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
      changes.push(node.text === '' ? "'?'" : "''");
    if (ts.isTemplateExpression(node)) changes.push("''");
    if (ts.isNumericLiteral(node)) changes.push(String(Number(node.text) + 1));
    if (ts.isCallExpression(node)) changes.push(...changedCalls(node));
    return changes.filter((change) => change !== raw(node));
  }

  function changedOperators({ left, operatorToken, right }: ts.BinaryExpression): string[] {
    const operator = raw(operatorToken);
    if (['&&', '||', '??'].includes(operator)) return [raw(left), raw(right)];
    return (otherOperators[operator] ?? []).map((other) => `${raw(left)} ${other} ${raw(right)}`);
  }

  function changedCalls({ expression, arguments: args }: ts.CallExpression): string[] {
    if (!ts.isPropertyAccessExpression(expression)) return [];
    const list = raw(expression.expression);
    const method = expression.name.text;
    if (method === 'filter') return [list];
    const other = { some: 'every', every: 'some' }[method];
    return other ? [`${list}.${other}(${args.map(raw).join(', ')})`] : [];
  }

  return { text: emitChildren(file), mutants };
}

const otherOperators: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '>': ['>=', '<='],
  '<=': ['<', '>'],
  '>=': ['>', '<'],
};

/** Names of modules, properties and cases. */
function isName(node: ts.Expression): boolean {
  const { parent } = node;
  return (
    ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isCaseClause(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

function isCondition(node: ts.Expression): boolean {
  const { parent } = node;
  return (
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node)
  );
}

/** Strings and numbers have mutants of their own. */
function isOptional(node: ts.Expression): boolean {
  const { parent } = node;
  return ts.isPropertyAssignment(parent) && parent.initializer === node && !ts.isLiteralExpression(node);
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}
