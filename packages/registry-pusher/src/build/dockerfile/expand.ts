import type { Escape } from './lines.ts';
import { bounded } from './longest-text.ts';
import { trimByPattern, replaceByPattern } from './shell-pattern.ts';

/** Gives a variable's value, or undefined when it is not set. */
export type Variables = (name: string) => string | undefined;

/**
 * Expands `$name`, `${name}`, `${name:-word}`, `${name-word}`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/` and `//` in
 * one word, and takes quotes and escapes away. Nothing is expanded in single quotes or after the escape character; what is
 * not set becomes the empty string. @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 * @throws Error with what is wrong with the text
 */
export function expandWord(text: string, variables: Variables, escape: Escape): string {
  return new Expansion(text, variables, escape).upTo(undefined, false).text;
}

/** Expands like {@link expandWord}, then splits at white space that stood, or came out of a variable, outside quotes. */
export function expandWords(text: string, variables: Variables, escape: Escape): string[] {
  return new Expansion(text, variables, escape).upTo(undefined, false).words;
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

  /** Reads up to an unquoted `stop`, which is consumed, or to the end. */
  upTo(stop: string | undefined, keepEscapes: boolean): { text: string; words: string[] } {
    const words = new Words();
    for (;;) {
      const character = this.#next();
      if (character === undefined) {
        if (stop !== undefined) throw new Error(`a "${stop}" is missing`);
        return words;
      }
      if (character === stop) return words;
      if (character === "'") words.addQuoted(this.#singleQuoted());
      else if (character === '"') words.addQuoted(this.#doubleQuoted(keepEscapes));
      else if (character === '$') words.addSplit(this.#variable());
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

  #singleQuoted(): string {
    const end = this.#characters.indexOf("'", this.#at);
    if (end < 0) throw new Error('a single quote is not closed');
    const text = this.#characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(keepEscapes: boolean): string {
    let text = '';
    for (;;) {
      const character = this.#next();
      if (character === undefined) throw new Error('a double quote is not closed');
      if (character === '"') return text;
      if (character === '$') text = bounded(text + this.#variable());
      else if (character === this.#escape) {
        if (keepEscapes) text += character;
        const escaped = this.#peek();
        if (escaped === undefined) continue;
        text += escaped === '"' || escaped === '$' || escaped === this.#escape ? this.#next()! : character;
      } else text += character;
    }
  }

  /** What follows a `$`. */
  #variable(): string {
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#variables(name) ?? '');
    }
    this.#at++;
    if (['{', '}', ':'].includes(this.#peek() ?? '')) throw new Error('"${" is not followed by a name');
    const name = this.#name();
    let modifier = this.#next();
    if (modifier === '}') return this.#variables(name) ?? '';
    const emptyIsUnset = modifier === ':';
    if (emptyIsUnset) modifier = this.#next();
    const value = this.#variables(name);
    const isSet = value !== undefined && !(emptyIsUnset && value === '');
    switch (modifier) {
      case '-': {
        const { text } = this.upTo('}', false);
        return isSet ? value : text;
      }
      case '+': {
        const { text } = this.upTo('}', false);
        return isSet ? text : '';
      }
      case '?': {
        const { text } = this.upTo('}', false);
        if (isSet) return value;
        throw new Error(`${name}: ${text || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`);
      }
      case '#':
      case '%':
        if (emptyIsUnset) break;
        return trimByPattern(modifier, this.upTo('}', true).text, value ?? '');
      case '/': {
        if (emptyIsUnset) break;
        const all = this.#peek() === '/';
        if (all) this.#at++;
        const pattern = this.upTo('/', true).text;
        return replaceByPattern(pattern, this.upTo('}', true).text, value ?? '', all);
      }
      case undefined:
        throw new Error('a "}" is missing');
      default:
    }
    throw new Error(`"${emptyIsUnset ? ':' : ''}${modifier}" after \${${name} is not supported`);
  }

  /** Letters, digits and _; or digits alone; or one special character. */
  #name(): string {
    const first = this.#peek();
    if (first === undefined) return '';
    if (/\p{Nd}/u.test(first)) return this.#while(/\p{Nd}/u);
    if ('@*#?-$!'.includes(first)) return this.#next()!;
    return this.#while(/[\p{L}\p{Nd}_]/u);
  }

  #while(grammar: RegExp): string {
    let text = '';
    while (this.#peek() !== undefined && grammar.test(this.#peek()!)) text += this.#next()!;
    return text;
  }
}

/** A text, and the words it splits into. */
class Words {
  text = '';
  readonly #words: string[] = [];
  #word = '';

  addQuoted(text: string): void {
    this.text = bounded(this.text + text);
    this.#word += text;
  }

  addSplit(text: string): void {
    this.text = bounded(this.text + text);
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
