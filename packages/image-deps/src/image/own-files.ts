import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';

/** Returns which of a package's paths, relative to it, belong to it. */
export type FileFilter = (path: string) => boolean;

const secretFile = /(?:^|\/)(?:\.git|\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.env[^/]*)(?:\/|$)/;

export function hasSecrets(path: string): boolean {
  return secretFile.test(path);
}

/**
 * Compiles patterns as in package.json's `files`: a path includes what is below it, `!` in front excludes. Files with
 * credentials never match.
 */
export function compileFiles(patterns: readonly string[]): FileFilter {
  const rules = patterns.map((pattern) => {
    const negated = pattern.startsWith('!');
    const text = (negated ? pattern.slice(1) : pattern).replace(/^\.?\/+/, '').replace(/\/+$/, '');
    const globs = text === '' || text === '.' ? ['**'] : [text, `${text}/**`];
    return { negated, matches: picomatch(globs, { dot: true }) };
  });
  return (path) => {
    if (hasSecrets(path) || path.split('/').includes('node_modules')) return false;
    let included = false;
    for (const { negated, matches } of rules) if (matches(path)) included = !negated;
    return included;
  };
}

/** Matches all but hidden files and what compilers keep for themselves. */
export const allFiles: FileFilter = (path) =>
  !path.split('/').some((part) => part === 'node_modules' || part.startsWith('.')) && !path.endsWith('.tsbuildinfo');

/**
 * Matches what bundlers write of third-party packages when told to write it apart: `assets/vendor-B2xk1aQ9.js`, with its map
 * and its compressed copies. It changes with the packages, not with the app.
 */
export const isVendorChunk: FileFilter = (path) =>
  /(?:^|\/)(?:chunk-)?vendors?(?:[-.~_][^/]*)?\.(?:css|js|mjs)(?:\.map)?(?:\.(?:br|gz|zst))?$/.test(path);

/** Returns the paths of a directory's files and links that match, sorted, with slashes. */
export async function listFiles(directory: string, matches: FileFilter): Promise<string[]> {
  const found: string[] = [];
  async function walk(prefix: string): Promise<void> {
    for (const entry of await readdir(join(directory, prefix), { withFileTypes: true })) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== '.git') await walk(path);
      } else if ((entry.isFile() || entry.isSymbolicLink()) && matches(path)) found.push(path);
    }
  }
  await walk('');
  return found.sort();
}
