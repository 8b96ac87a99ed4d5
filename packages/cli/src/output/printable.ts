/*
 * Text from servers, files and the environment is data: a terminal must not obey it, and a reader must see all of it.
 * Invisible are control characters (C0, DEL, C1), formatting characters (bidi controls, zero-width characters, tags), line
 * and paragraph separators, lone surrogates and private-use characters. U+FE0E and U+FE0F only choose the shape of an emoji.
 */
const invisible =
  /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** Returns one line of text in which every invisible character is an escape, as in JSON: `\n`, `\u001b`, `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll('\t', '    ').replace(invisible, escape);
}

/** As `printable`, but line breaks remain: LF, and CR LF. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line.endsWith('\r') ? line.slice(0, -1) : line))
    .join('\n');
}

/** Returns a value as JSON that a terminal can show: what JSON leaves invisible inside strings is escaped too. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(invisible, (char) => (char === '\n' ? char : escape(char)));
}

function escape(char: string): string {
  const escaped = JSON.stringify(char).slice(1, -1);
  if (escaped !== char) return escaped;
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
