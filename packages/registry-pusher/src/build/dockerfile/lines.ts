import { dockerfileInvalidError } from './errors.ts';
import type { Heredoc } from './instruction.ts';
import { readHeredocs } from './heredoc.ts';

/** The text of one instruction: continued lines joined, comments removed. */
export interface LogicalLine {
  /** 1-based line of its first word. */
  readonly line: number;
  readonly text: string;
  /** The heredocs that follow it. */
  readonly heredocs: readonly Heredoc[];
}

/** A Dockerfile split into instructions, and its parser directives. */
export interface LogicalLines {
  readonly lines: readonly LogicalLine[];
  readonly escape: Escape;
  /** The value of `# syntax=`. */
  readonly syntax?: string;
  readonly warnings: readonly string[];
}

/** The character that continues lines and escapes others, set by `# escape=`. */
export type Escape = '\\' | '`';

const directiveGrammar = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const knownDirectives = new Set(['syntax', 'escape', 'check']);

/**
 * Joins continued lines and removes comments, even between continued lines. Parser directives are recognized only at the
 * top of the file. @see https://docs.docker.com/reference/dockerfile/#parser-directives
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function parseLogicalLines(text: string): LogicalLines {
  const physical = text.replace(/^\uFEFF/, '').split('\n');
  const directives = readDirectives(physical);
  const escape = escapeOf(directives);
  const continued = escape === '\\' ? /(?:([^\\])|^)\\[ \t]*$/ : /(?:([^`])|^)`[ \t]*$/;
  const lines: LogicalLine[] = [];
  const warnings: string[] = [];
  for (let index = 0; index < physical.length;) {
    const line = index + 1;
    let part = withoutComment(trimNewline(physical[index++]!).trimStart());
    let joined = part.replace(continued, '$1');
    if (joined === part && part === '') continue;
    while (joined !== undefined && continued.test(part) && index < physical.length) {
      const next = trimNewline(physical[index++]!);
      if (isComment(next)) continue;
      if (next.trim() === '') {
        warnings.push(`Dockerfile line ${index}: an empty line inside a continued instruction.`);
        continue;
      }
      part = next;
      joined += part.replace(continued, '$1');
    }
    const { heredocs, next } = readHeredocs(joined, physical, index);
    index = next;
    lines.push({ line, text: joined, heredocs });
  }
  const syntax = directives.get('syntax')?.value;
  return { lines, escape, ...(syntax === undefined ? {} : { syntax }), warnings };
}

interface Directive {
  readonly value: string;
  readonly line: number;
}

function readDirectives(physical: readonly string[]): Map<string, Directive> {
  const found = new Map<string, Directive>();
  for (const [index, text] of physical.entries()) {
    const match = directiveGrammar.exec(trimNewline(text).trimStart());
    const name = match?.[1]!.toLowerCase();
    if (match === null || name === undefined || !knownDirectives.has(name)) break;
    if (found.has(name)) throw dockerfileInvalidError(index + 1, `only one ${name} parser directive can be used.`);
    found.set(name, { value: match[2]!, line: index + 1 });
  }
  return found;
}

function escapeOf(directives: ReadonlyMap<string, Directive>): Escape {
  const directive = directives.get('escape');
  if (directive === undefined) return '\\';
  if (directive.value === '\\' || directive.value === '`') return directive.value;
  throw dockerfileInvalidError(directive.line, `the escape directive must be \\ or \`, not "${directive.value}".`);
}

function trimNewline(text: string): string {
  return text.replace(/\r+$/, '');
}

function isComment(text: string): boolean {
  return text.trimStart().startsWith('#');
}

function withoutComment(text: string): string {
  return isComment(text) ? '' : text;
}
