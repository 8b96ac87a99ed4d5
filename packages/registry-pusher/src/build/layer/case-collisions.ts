import type { PlannedEntry } from './entry.ts';

/** Returns a warning for each pair of paths that differ only in case. Some file systems can't distinguish them. */
export function findCaseCollisions(entries: readonly PlannedEntry[]): string[] {
  const byFolded = new Map<string, string>();
  const warnings: string[] = [];
  for (const { path } of entries) {
    const folded = path.toLowerCase();
    const other = byFolded.get(folded);
    if (other === undefined) byFolded.set(folded, path);
    else warnings.push(`${other} and ${path} differ only in case. Both go into the image.`);
  }
  return warnings;
}
