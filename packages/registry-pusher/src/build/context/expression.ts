import { invertRanges } from './glob.ts';
import { lastCodePoint, type MatcherPart, notNewline, type Ranges } from './matcher.ts';

const range = (text: string): Ranges =>
  (text.match(/../gs) ?? []).map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
const digits = range('09');
const word = range('09AZaz__');
const perlClasses: Readonly<Record<string, Ranges>> = { d: digits, s: range('\t\n\f\r  '), w: word };
const posixClasses: Readonly<Record<string, Ranges>> = {
  alnum: range('09AZaz'),
  alpha: range('AZaz'),
  ascii: [[0, 0x7f]],
  blank: range('\t\t  '),
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: digits,
  graph: range('!~'),
  lower: range('az'),
  print: range(' ~'),
  punct: range('!/:@[`{~'),
  space: range('\t\r  '),
  upper: range('AZ'),
  word,
  xdigit: range('09AFaf'),
};
const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/**
 * Parses the expressions that Docker makes of ignore patterns, in the syntax of Go: literals, escapes, classes with ranges and
 * POSIX names, anchors, `[…]*`, `.*` and `(.*\/)?`.
 * @see https://github.com/google/re2/wiki/Syntax
 * @throws Error for what Go rejects, and for Unicode classes, word boundaries and quotes
 */
export function parseExpression(text: string): MatcherPart[] {
  const reader = new ExpressionReader(text);
  const parts: MatcherPart[] = [];
  while (!reader.isAtEnd) parts.push(reader.readPart());
  return parts;
}

class ExpressionReader {
  readonly #text: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = [...text];
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  readPart(): MatcherPart {
    if (this.#take('(.*/)?')) return { kind: 'optional' };
    if (this.#take('.*')) return { kind: 'loop', ranges: notNewline };
    if (this.#take('^') || this.#take('\\A')) return { kind: 'start' };
    if (this.#take('\\z')) return { kind: 'end' };
    const ranges = this.#take('[') ? this.#readClass() : (this.#takePerlClass() ?? single(this.#readCharacter()));
    return { kind: this.#take('*') ? 'loop' : 'one', ranges };
  }

  #readClass(): Ranges {
    const isNegated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let isEmpty = true; isEmpty || !this.#take(']'); isEmpty = false) {
      if (this.isAtEnd) throw new Error('a [ has no matching ]');
      const named = this.#takePosixClass() ?? this.#takePerlClass();
      ranges.push(...(named ?? [this.#readRange()]));
    }
    return isNegated ? invertRanges(ranges) : ranges;
  }

  #readRange(): readonly [number, number] {
    const low = this.#readCharacter();
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']' || this.#at + 1 >= this.#text.length)
      return [low, low];
    this.#at++;
    const high = this.#readCharacter();
    if (high < low)
      throw new Error(`the range ${String.fromCodePoint(low)}-${String.fromCodePoint(high)} goes backwards`);
    return [low, high];
  }

  #takePosixClass(): Ranges | undefined {
    const rest = this.#text.slice(this.#at).join('');
    const [whole, sign, name] = /^\[:(\^?)(.*?):\]/s.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    const ranges = Object.hasOwn(posixClasses, name!) ? posixClasses[name!] : undefined;
    if (ranges === undefined) throw new Error(`${whole} isn't a class`);
    this.#at += [...whole].length;
    return sign === '^' ? invertRanges(ranges) : ranges;
  }

  #takePerlClass(): Ranges | undefined {
    if (this.#text[this.#at] !== '\\') return undefined;
    const letter = this.#text[this.#at + 1] ?? '';
    const ranges = Object.hasOwn(perlClasses, letter.toLowerCase()) ? perlClasses[letter.toLowerCase()] : undefined;
    if (ranges === undefined) return undefined;
    this.#at += 2;
    return letter === letter.toLowerCase() ? ranges : invertRanges(ranges);
  }

  #readCharacter(): number {
    const character = this.#text[this.#at++];
    if (character === undefined) throw new Error('a [ has no matching ]');
    return character === '\\' ? this.#readEscape() : character.codePointAt(0)!;
  }

  #readEscape(): number {
    const rest = this.#text.slice(this.#at, this.#at + 3).join('');
    const [octal] = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? [];
    const [, hexadecimal] = /^x([0-9a-f]{2})/i.exec(rest) ?? [];
    if (octal !== undefined || hexadecimal !== undefined) {
      this.#at += octal?.length ?? 3;
      return octal === undefined ? Number.parseInt(hexadecimal!, 16) : Number.parseInt(octal, 8);
    }
    const character = this.#text[this.#at++] ?? '';
    if (Object.hasOwn(controls, character)) return controls[character]!;
    if (character === '' || /[a-z0-9]|[^\0-\x7f]/i.test(character))
      throw new Error(`\\${character} escapes a character that needs no backslash`);
    return character.codePointAt(0)!;
  }

  #take(text: string): boolean {
    const matches = [...text].every((character, index) => this.#text[this.#at + index] === character);
    if (matches) this.#at += text.length;
    return matches;
  }
}

function single(code: number): Ranges {
  return [[code, Math.min(code, lastCodePoint)]];
}
