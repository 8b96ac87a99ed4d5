import type { Escape } from './lines.ts';
import { assertTextLimit } from './text-limit.ts';
import { trimByPattern, replaceByPattern } from './shell-pattern.ts';

/** Returns a variable's value, or undefined when it isn't set. */
export type Variables = (name: string) => string | undefined;

/**
 * Expands `$name`, `${name}`, `${name:-word}`, `${name-word}`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/` and `//` in
 * one word, and removes quotes and escapes. Nothing is expanded in single quotes or after the escape character. Unset
 * variables become the empty string. @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 * @throws Error when the text is invalid
 */
export function expandWord(text: string, variables: Variables, escape: Escape): string {
  return new Expansion(text, variables, escape).readUntil(undefined, false).text;
}

/** Expands like {@link expandWord}, then splits at whitespace outside quotes, including whitespace from variables. */
export function expandWords(text: string, variables: Variables, escape: Escape): string[] {
  return new Expansion(text, variables, escape).readUntil(undefined, false).words;
}

class Expansion {
  readonly #characters: readonly string[];
  readonly #variables: Variables;
  readonly #escape: Escape;
  #at = 0;

  constructor(text: string, variables: Variables, escape: Escape) {
    this.#characters = [...text];
    this.#variables = variables;
    this.#escape = escape;
  }

  /** Reads and consumes everything up to and including an unquoted `stop`, or to the end. */
  readUntil(stop: string | undefined, keepEscapes: boolean): { text: string; words: string[] } {
    const words = new Words();
    for (;;) {
      const character = this.#next();
      if (character === undefined) {
        if (stop !== undefined) throw new Error(`a "${stop}" is missing`);
        return words;
      }
      if (character === stop) return words;
      if (character === "'") words.addQuoted(this.#readSingleQuoted());
      else if (character === '"') words.addQuoted(this.#readDoubleQuoted(keepEscapes));
      else if (character === '$') words.addSplit(this.#readVariable());
      else if (character === this.#escape) {
        const escaped = this.#next();
        words.addQuoted((keepEscapes ? character : '') + (escaped ?? ''));
      } else words.addSplit(character);
    }
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    return this.#characters[this.#at++];
  }

  #readSingleQuoted(): string {
    const end = this.#characters.indexOf("'", this.#at);
    if (end < 0) throw new Error("a single quote isn't closed");
    const text = this.#characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return text;
  }

  #readDoubleQuoted(keepEscapes: boolean): string {
    let text = '';
    for (;;) {
      const character = this.#next();
      if (character === undefined) throw new Error("a double quote isn't closed");
      if (character === '"') return text;
      if (character === '$') text = assertTextLimit(text + this.#readVariable());
      else if (character === this.#escape) {
        if (keepEscapes) text += character;
        const escaped = this.#peek();
        if (escaped === undefined) continue;
        text += escaped === '"' || escaped === '$' || escaped === this.#escape ? this.#next()! : character;
      } else text += character;
    }
  }

  /** Reads the rest of a variable after its `$`. */
  #readVariable(): string {
    if (this.#peek() !== '{') {
      const name = this.#readName();
      return name === '' ? '$' : (this.#variables(name) ?? '');
    }
    this.#at++;
    if (['{', '}', ':'].includes(this.#peek() ?? '')) throw new Error('"${" without a name');
    const name = this.#readName();
    let modifier = this.#next();
    if (modifier === '}') return this.#variables(name) ?? '';
    const emptyIsUnset = modifier === ':';
    if (emptyIsUnset) modifier = this.#next();
    const value = this.#variables(name);
    const isSet = value !== undefined && !(emptyIsUnset && value === '');
    switch (modifier) {
      case '-': {
        const { text } = this.readUntil('}', false);
        return isSet ? value : text;
      }
      case '+': {
        const { text } = this.readUntil('}', false);
        return isSet ? text : '';
      }
      case '?': {
        const { text } = this.readUntil('}', false);
        if (isSet) return value;
        throw new Error(`${name}: ${text || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`);
      }
      case '#':
      case '%':
        if (emptyIsUnset) break;
        return trimByPattern(modifier, this.readUntil('}', true).text, value ?? '');
      case '/': {
        if (emptyIsUnset) break;
        const all = this.#peek() === '/';
        if (all) this.#at++;
        const pattern = this.readUntil('/', true).text;
        return replaceByPattern(pattern, this.readUntil('}', true).text, value ?? '', all);
      }
      case undefined:
        throw new Error('a "}" is missing');
      default:
    }
    throw new Error(`"${emptyIsUnset ? ':' : ''}${modifier}" after \${${name} isn't supported`);
  }

  /** Reads letters, digits and _; or only digits; or one special character. */
  #readName(): string {
    const first = this.#peek();
    if (first === undefined) return '';
    if (/\p{Nd}/u.test(first)) return this.#readWhile(/\p{Nd}/u);
    if ('@*#?-$!'.includes(first)) return this.#next()!;
    return this.#readWhile(/[\p{L}\p{Nd}_]/u);
  }

  #readWhile(grammar: RegExp): string {
    let text = '';
    while (this.#peek() !== undefined && grammar.test(this.#peek()!)) text += this.#next()!;
    return text;
  }
}

/** The expanded text, and its words. */
class Words {
  text = '';
  readonly #words: string[] = [];
  #word = '';

  addQuoted(text: string): void {
    this.text = assertTextLimit(this.text + text);
    this.#word += text;
  }

  addSplit(text: string): void {
    this.text = assertTextLimit(this.text + text);
    for (const character of text) {
      if (!/\s/.test(character)) this.#word += character;
      else this.#endWord();
    }
  }

  get words(): string[] {
    this.#endWord();
    return this.#words;
  }

  #endWord(): void {
    if (this.#word !== '') this.#words.push(this.#word);
    this.#word = '';
  }
}
