import type { Escape } from './lines.ts';

/**
 * Splits into words at whitespace outside quotes. Keeps quotes and escapes for the expansion of variables. Drops a single
 * escape at the end.
 */
export function splitQuotedWords(text: string, escape: Escape): string[] {
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

/** Splits the leading `--name=value` words from an instruction's arguments, and resolves their quotes and escapes. */
export function splitFlags(text: string, escape: Escape): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const { word, end } = readUnquotedWord(text, at, escape);
    at = end;
    if (word === '--') return { flags, rest: text.slice(at) };
    flags.push(word);
  }
}

function readUnquotedWord(text: string, start: number, escape: Escape): { word: string; end: number } {
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

/** Splits at spaces and tabs, ignoring quotes. */
export function splitAtBlanks(text: string): string[] {
  return text === '' ? [] : text.split(/[\t\v\f\r ]+/);
}
