/**
 * Converts a pattern of Go's filepath.Match to the source of a regular expression. `*` and `?` stop at slashes, `[a-c]` and
 * `[^a-c]` are classes, and a backslash escapes the next character. With `doubleStar`, `**` matches any number of directories.
 * @throws Error for an unclosed or empty class, or a backslash at the end
 */
export function globToRegExp(pattern: string, { doubleStar }: { doubleStar: boolean }): string {
  const characters = [...pattern];
  let source = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*' && doubleStar && characters[at + 1] === '*') {
      at++;
      if (characters[at + 1] === '/') at++;
      source += at + 1 === characters.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const { text, end } = characterClass(characters, at);
      source += text;
      at = end;
    } else if (character === '\\') {
      const escaped = characters[++at];
      if (escaped === undefined) throw new Error('it ends with a backslash');
      source += doubleStar ? escapedInExpression(escaped) : literal(escaped);
    } else source += literal(character);
  }
  return source;
}

/** Docker passes these escapes to its regular expressions unchanged, where they have a meaning. */
const letterEscapes: Readonly<Record<string, string>> = {
  a: '\\x07',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  ...Object.fromEntries(['f', 'n', 'r', 't', 'v', 'd', 'D', 'w', 'W'].map((letter) => [letter, `\\${letter}`])),
};

function escapedInExpression(character: string): string {
  const escape = letterEscapes[character];
  if (escape !== undefined) return escape;
  if (/[a-z0-9]|[^\0-\x7f]/i.test(character))
    throw new Error(`\\${character} escapes a character that needs no backslash`);
  return literal(character);
}

/** Returns a function that tests whether a name or path matches as a whole. */
export function compileGlob(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${globToRegExp(pattern, { doubleStar: false })}$`, 'su');
  return (path) => expression.test(path);
}

export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replaceAll(/\\./gs, ''));
}

/** Removes the backslashes from a pattern without wildcards. */
export function unescapeGlob(path: string): string {
  return path.replaceAll(/\\(.)/gs, '$1');
}

function characterClass(characters: readonly string[], start: number): { text: string; end: number } {
  let at = start + 1;
  const negated = characters[at] === '^';
  if (negated) at++;
  const ranges: string[] = [];
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = classMember(characters, at);
    at = low.next;
    let high = low;
    if (characters[at] === '-') {
      high = classMember(characters, at + 1);
      at = high.next;
    }
    if (low.character <= high.character) ranges.push(`${classLiteral(low.character)}-${classLiteral(high.character)}`);
    else ranges.push('');
  }
  const members = ranges.join('');
  if (negated) return { text: members === '' ? '[^/]' : `(?!/)[^${members}]`, end: at };
  return { text: members === '' ? '(?!)' : `[${members}]`, end: at };
}

function classMember(characters: readonly string[], at: number): { character: string; next: number } {
  const first = characters[at];
  if (first === undefined || first === '-' || first === ']') throw new Error('a [ has no matching ]');
  if (first !== '\\') return { character: first, next: at + 1 };
  const escaped = characters[at + 1];
  if (escaped === undefined) throw new Error('a [ has no matching ]');
  return { character: escaped, next: at + 2 };
}

function classLiteral(character: string): string {
  return /[\\\]^-]/.test(character) ? `\\${character}` : character === '[' ? '\\[' : character;
}

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
