import { posix } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { globSource } from './glob.ts';

/** One line of an ignore file. */
export interface IgnorePattern {
  /** `!`: what matches is taken in again. */
  readonly negated: boolean;
  /** Clean and relative, without the `!`. */
  readonly text: string;
  readonly matches: (path: string) => boolean;
}

/**
 * Reads .dockerignore as Docker does: a BOM, comments, blanks around a pattern and a leading slash count for nothing. The npm
 * library for it ignores case by default, reads `+` or `(` as an operator, accepts broken patterns, and never ignores a file
 * called `constructor`. @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @throws RegistryPusherError CONTEXT_INVALID, with the file and the line
 */
export function parseIgnoreFile(text: string, fileName: string): IgnorePattern[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index) => {
      if (line.startsWith('#') || line.trim() === '') return [];
      try {
        return [ignorePattern(line.trim())];
      } catch (error) {
        throw new RegistryPusherError(
          'CONTEXT_INVALID',
          `${fileName} line ${index + 1}: "${line.trim()}" is not a pattern: ${(error as Error).message}.`,
        );
      }
    });
}

/** @throws Error with what is wrong with the pattern */
export function ignorePattern(written: string): IgnorePattern {
  const negated = written.startsWith('!');
  const bare = (negated ? written.slice(1) : written).trim();
  if (bare === '') throw new Error('nothing follows the !');
  const cleaned = clean(bare);
  const text = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  return { negated, text, matches: matcher(text) };
}

/** For each pattern, whether it matched a folder or one above it: then it matches all inside. */
export type Matched = readonly boolean[];

/**
 * Whether a path is ignored: the last pattern that matches it, or a folder above it, decides. Called from the root down,
 * with what was found for the folder above.
 */
export function match(
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

function matcher(text: string): (path: string) => boolean {
  const source = globSource(text, { doubleStar: true });
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text;
  const afterStars = text.slice(2);
  if (text.startsWith('**') && !/[*?[\]\\]/.test(afterStars))
    return (path) => path.endsWith(afterStars) || (afterStars.startsWith('/') && path === afterStars.slice(1));
  const expression = new RegExp(`^${source}$`, 'su');
  return (path) => expression.test(path);
}

/** Go's filepath.Clean. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
