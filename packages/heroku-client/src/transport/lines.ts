const longestLine = 64 * 1024;
const cutNote = '… (the rest of this line was cut)';

/**
 * Splits a stream of bytes into lines, without `\n` or `\r\n`. Chunks may end inside a character. A line longer than 64 Ki
 * characters is cut, with a note, to limit memory.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let pending = '';
  let isCut = false;
  for await (const chunk of chunks) {
    pending += decoder.decode(chunk, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (!isCut) yield lineOf(line);
      isCut = false;
    }
    if (pending.length <= longestLine && !isCut) continue;
    if (!isCut) yield lineOf(pending);
    isCut = true;
    pending = '';
  }
  pending += decoder.decode();
  if (pending && !isCut) yield lineOf(pending);
}

function lineOf(text: string): string {
  if (text.length > longestLine) return `${text.slice(0, longestLine)}${cutNote}`;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
