import type { Escape } from './lines.ts';

/**
 * Splits into words at white space outside quotes. Quotes and escapes are kept: they are taken away when variables are
 * expanded. A lone escape at the end is dropped.
 */
export function quotedWords(text: string, escape: Escape): string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote === '' && /\s/.test(character)) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
      continue;
    }
    inWord = true;
    if (character === escape && quote !== "'") {
      if (at + 1 === text.length) {
        inWord = word !== '';
        break;
      }
      word += character + text[++at]!;
      continue;
    }
    if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = '';
    word += character;
  }
  return inWord ? [...words, word] : words;
}

/** Takes the `--name=value` words off the front of an instruction's arguments. Their quotes and escapes are resolved. */
export function splitFlags(text: string, escape: Escape): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const { word, end } = unquotedWord(text, at, escape);
    at = end;
    if (word === '--') return { flags, rest: text.slice(at) };
    flags.push(word);
  }
}

function unquotedWord(text: string, start: number, escape: Escape): { word: string; end: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (quote === '' && /\s/.test(character)) break;
    if (character === escape) word += text[++at] ?? '';
    else if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = '';
    else word += character;
  }
  return { word, end: at };
}

/** Splits at blanks and tabs, with no regard to quotes. */
export function blankSeparated(text: string): string[] {
  return text === '' ? [] : text.split(/[\t\v\f\r ]+/);
}
