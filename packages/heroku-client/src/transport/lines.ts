const cutNote = '… (the rest of this line was cut)';

/**
 * Splits bytes into lines, without `\n` or `\r\n`. Chunks may end inside a character. Long lines are cut, with a note, to limit
 * memory. They don't come in pieces, which could split a secret.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  readonly #longest: number;
  #pending = '';
  /** Whether what comes belongs to a line that was cut. */
  #isCut = false;

  /** @param longest the characters of a line before it's cut */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Returns the lines that end in a chunk, and one that became too long. */
  write(chunk: Uint8Array): string[] {
    const found = (this.#pending + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#pending = found.pop() ?? '';
    if (this.#isCut) {
      if (found.length > 0) this.#isCut = false;
      else this.#pending = '';
      found.shift();
    }
    const lines = found.map((line) => this.#lineOf(line));
    if (this.#pending.length > this.#longest) {
      lines.push(this.#lineOf(this.#pending));
      this.#pending = '';
      this.#isCut = true;
    }
    return lines;
  }

  /** Returns the last line, if it has no end of its own. */
  end(): string[] {
    const last = this.#pending + this.#decoder.decode();
    this.#pending = '';
    return last === '' || this.#isCut ? [] : [this.#lineOf(last)];
  }

  #lineOf(text: string): string {
    if (text.length > this.#longest) return `${text.slice(0, this.#longest)}${cutNote}`;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }
}

/** Splits a stream of bytes into lines: see {@link LineSplitter}. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  longest = 64 * 1024,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter(longest);
  for await (const chunk of chunks) for (const line of splitter.write(chunk)) yield line;
  for (const line of splitter.end()) yield line;
}
