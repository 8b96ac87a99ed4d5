import { parseExpression } from './expression.ts';
import { parseGlob } from './glob.ts';
import { compileMatcher } from './matcher.ts';

/**
 * Compiles a clean pattern of .dockerignore or `--exclude` as Docker does: it checks it as a pattern of filepath.Match, then
 * makes a regular expression of it, in which classes and escapes have another meaning.
 * @see https://pkg.go.dev/github.com/moby/patternmatcher
 * @throws Error for a pattern that Docker rejects
 */
export function compileDockerPattern(pattern: string): (path: string) => boolean {
  parseGlob(pattern);
  const { source, plain } = toExpression(pattern);
  if (plain === 'exact') return (path) => path === pattern;
  if (plain === 'prefix') return (path) => path.startsWith(pattern.slice(0, -2));
  if (plain === 'suffix') {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  return compileMatcher(parseExpression(source));
}

/** The characters that Docker escapes in expressions. The ^ isn't one of them. */
const escaped = new Set('.+()|{}$');

/** Returns the expression, and how to match without it if the only special characters are two stars at one end. */
function toExpression(pattern: string): { source: string; plain: 'exact' | 'prefix' | 'suffix' | undefined } {
  const characters = [...pattern];
  let source = '';
  let plain: 'exact' | 'prefix' | 'suffix' | undefined = 'exact';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const isFirst = at === 0;
    if (character === '*' && characters[at + 1] === '*') {
      at++;
      if (characters[at + 1] === '/') at++;
      const isLast = at + 1 === characters.length;
      source += isLast ? '.*' : '(.*/)?';
      plain = isLast && plain === 'exact' ? 'prefix' : undefined;
      if (isFirst) plain = 'suffix';
    } else if (character === '\\') {
      source += `\\${characters[++at] ?? ''}`;
      plain = undefined;
    } else if (escaped.has(character)) source += `\\${character}`;
    else {
      source += character === '*' ? '[^/]*' : character === '?' ? '[^/]' : character;
      if ('*?[]'.includes(character)) plain = undefined;
    }
  }
  return { source, plain };
}
