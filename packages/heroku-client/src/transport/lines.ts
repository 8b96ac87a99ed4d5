const longestLine = 64 * 1024;

/**
 * Splits a stream of bytes into lines, without `\n` or `\r\n`. Chunks may end inside a character. Lines longer than 64 Ki
 * characters come in pieces, to limit memory.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of chunks) {
    pending += decoder.decode(chunk, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) yield withoutReturn(line);
    while (pending.length > longestLine) {
      yield pending.slice(0, longestLine);
      pending = pending.slice(longestLine);
    }
  }
  pending += decoder.decode();
  if (pending) yield withoutReturn(pending);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
