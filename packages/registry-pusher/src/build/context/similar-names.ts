import { distance } from 'fastest-levenshtein';

/**
 * Returns the known names that `name` may be a misspelling of, nearest first: at most one letter in four differs, or one in a
 * shorter name. Ignores case.
 */
export function similarNames(name: string, known: readonly string[]): string[] {
  const maxDistance = Math.max(1, Math.floor(name.length / 4));
  return known
    .map((candidate) => ({ candidate, difference: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ difference }) => difference <= maxDistance)
    .sort((a, b) => a.difference - b.difference)
    .map(({ candidate }) => candidate);
}
