import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { compileDockerPattern } from './docker-pattern.ts';

/** One line of an ignore file. */
export interface IgnorePattern {
  /** Whether it starts with `!`, which includes matches again. */
  readonly negated: boolean;
  /** Clean and relative, without the `!`. */
  readonly text: string;
  readonly matches: (path: string) => boolean;
}

/**
 * Parses .dockerignore as Docker does. Ignores a BOM, comments, spaces around a pattern and a leading slash. The npm library
 * for it ignores case by default, reads `+` or `(` as an operator, accepts invalid patterns, and never ignores a file named
 * `constructor`. @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @throws RegistryPusherError CONTEXT_INVALID, with the file and the line
 */
export function parseIgnoreFile(text: string, fileName: string): IgnorePattern[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index) => {
      if (line.startsWith('#') || line.trim() === '') return [];
      try {
        return [parseIgnorePattern(line.trim())];
      } catch (error) {
        throw new RegistryPusherError(
          'CONTEXT_INVALID',
          `${fileName} line ${index + 1}: "${line.trim()}" isn't a valid pattern: ${(error as Error).message}.`,
        );
      }
    });
}

/** @throws Error for an invalid pattern */
export function parseIgnorePattern(written: string): IgnorePattern {
  const negated = written.startsWith('!');
  const bare = (negated ? written.slice(1) : written).trim();
  if (bare === '') throw new Error('nothing follows the !');
  const cleaned = clean(bare);
  const text = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  return { negated, text, matches: compileDockerPattern(text) };
}

/** For each pattern, whether it matched a directory or one above it. It then matches everything inside. */
export type Matched = readonly boolean[];

/**
 * Returns whether a path is ignored. The last pattern that matches it or a directory above it decides.
 * @param above the result for the parent directory
 */
export function matchPatterns(
  patterns: readonly IgnorePattern[],
  path: string,
  above?: Matched,
): { ignored: boolean; matched: Matched } {
  let ignored = false;
  const matched = patterns.map((pattern, index) => {
    let matches = above?.[index] ?? false;
    if (!matches && pattern.negated === ignored) matches = pattern.matches(path);
    if (matches) ignored = !pattern.negated;
    return matches;
  });
  return { ignored, matched };
}

/** Go's filepath.Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
