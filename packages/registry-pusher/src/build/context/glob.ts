import { compileMatcher, lastCodePoint, type MatcherPart, notSlash, type Ranges } from './matcher.ts';

/**
 * Parses a pattern of Go's filepath.Match: `*` and `?` stop at slashes, `[a-c]` and `[^a-c]` are classes, and a backslash
 * escapes the next character.
 * @throws Error for an unclosed or empty class, or a backslash at the end
 */
export function parseGlob(pattern: string): MatcherPart[] {
  const characters = [...pattern];
  const parts: MatcherPart[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') parts.push({ kind: 'loop', ranges: notSlash });
    else if (character === '?') parts.push({ kind: 'one', ranges: notSlash });
    else if (character === '[') {
      const { ranges, end } = characterClass(characters, at);
      parts.push({ kind: 'one', ranges });
      at = end;
    } else if (character === '\\') {
      const escaped = characters[++at];
      if (escaped === undefined) throw new Error('it ends with a backslash');
      parts.push(literal(escaped));
    } else parts.push(literal(character));
  }
  return parts;
}

/** Returns a function that tests whether a name or path matches as a whole. @throws Error as {@link parseGlob} */
export function compileGlob(pattern: string): (path: string) => boolean {
  return compileMatcher(parseGlob(pattern));
}

export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replaceAll(/\\./gs, ''));
}

/** Removes the backslashes from a pattern without wildcards. */
export function unescapeGlob(path: string): string {
  return path.replaceAll(/\\(.)/gs, '$1');
}

function literal(character: string): MatcherPart {
  const code = character.codePointAt(0)!;
  return { kind: 'one', ranges: [[code, code]] };
}

function characterClass(characters: readonly string[], start: number): { ranges: Ranges; end: number } {
  let at = start + 1;
  const negated = characters[at] === '^';
  if (negated) at++;
  const ranges: [number, number][] = [];
  for (let isEmpty = true; characters[at] !== ']' || isEmpty; isEmpty = false) {
    const low = classMember(characters, at);
    at = low.next;
    let high = low;
    if (characters[at] === '-') {
      high = classMember(characters, at + 1);
      at = high.next;
    }
    // A backwards range matches nothing.
    if (low.code <= high.code) ranges.push([low.code, high.code]);
  }
  return { ranges: negated ? invertRanges([...ranges, [0x2f, 0x2f]]) : ranges, end: at };
}

function classMember(characters: readonly string[], at: number): { code: number; next: number } {
  const first = characters[at];
  const escaped = first === '\\' ? characters[at + 1] : first;
  if (escaped === undefined || first === '-' || first === ']') throw new Error('a [ has no matching ]');
  return { code: escaped.codePointAt(0)!, next: at + (first === '\\' ? 2 : 1) };
}

/** Returns all other characters. */
export function invertRanges(ranges: Ranges): Ranges {
  const inverted: [number, number][] = [];
  let next = 0;
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    if (low > next) inverted.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= lastCodePoint) inverted.push([next, lastCodePoint]);
  return inverted;
}
