import { posix } from 'node:path';
import { dockerfileInvalidError } from '../dockerfile/errors.ts';
import { type IgnorePattern, ignorePattern, match, type Matched } from './ignore-patterns.ts';

/** What `--exclude` leaves out: patterns relative to the source, read as those of an ignore file. */
export class Excludes {
  readonly #patterns: readonly IgnorePattern[];
  readonly #matched = new Map<string, Matched>();

  constructor(patterns: readonly string[], line: number) {
    this.#patterns = patterns.map((pattern) => {
      try {
        return ignorePattern(pattern);
      } catch (error) {
        throw dockerfileInvalidError(line, `--exclude=${pattern} is not a pattern: ${(error as Error).message}.`);
      }
    });
  }

  leavesOut(path: string): boolean {
    if (this.#patterns.length === 0) return false;
    const { ignored, matched } = match(this.#patterns, path, this.#matched.get(posix.dirname(path)));
    this.#matched.set(path, matched);
    return ignored;
  }
}
