/** When each line of a pipeline's log came, in seconds from its start. */
export class Timeline {
  readonly #started = performance.now();
  readonly #lines: { readonly text: string; readonly seconds: number }[] = [];
  #rest = '';

  readonly onOutput = (text: string): void => {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#lines.push({ text: line, seconds: this.now() });
  };

  now(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Returns when the first line came that matches. @throws Error if none did */
  at(pattern: RegExp): number {
    const found = this.#lines.find(({ text }) => pattern.test(text));
    if (!found)
      throw new Error(`No line of the pipeline matches ${pattern}:\n${this.#lines.map(({ text }) => text).join('\n')}`);
    return found.seconds;
  }
}
