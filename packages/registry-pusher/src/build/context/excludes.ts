import { posix } from 'node:path';
import { dockerfileInvalidError } from '../dockerfile/errors.ts';
import { type IgnorePattern, matchPatterns, type Matched, parseIgnorePattern } from './ignore-patterns.ts';

/** The patterns of `--exclude`: relative to the source, with the syntax of an ignore file. */
export class Excludes {
  readonly #patterns: readonly IgnorePattern[];
  readonly #matched = new Map<string, Matched>();

  constructor(patterns: readonly string[], line: number) {
    this.#patterns = patterns.map((pattern) => {
      try {
        return parseIgnorePattern(pattern);
      } catch (error) {
        throw dockerfileInvalidError(line, `--exclude=${pattern} isn't a valid pattern: ${(error as Error).message}.`);
      }
    });
  }

  /** Call it for a directory before the files inside. */
  isExcluded(path: string): boolean {
    if (this.#patterns.length === 0) return false;
    const { ignored, matched } = matchPatterns(this.#patterns, path, this.#matched.get(posix.dirname(path)));
    this.#matched.set(path, matched);
    return ignored;
  }
}
