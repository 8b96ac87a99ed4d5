/** Joins words to lines of at most `width` characters. A longer word keeps its own line, to be copied whole. */
export function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word.trimStart());
  }
  return lines;
}

/** Cuts a text to a terminal's columns. Characters that may be two columns wide count as two. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let shown = '';
  for (const char of text) {
    width += char < '\u1100' || (char >= '\u2000' && char < '\u2E80') ? 1 : 2;
    if (width > columns) break;
    shown += char;
  }
  return shown;
}
