import type { PlannedEntry } from './entry.ts';

/** Paths that differ in upper and lower case alone: both are kept, but not every file system can tell them apart. */
export function lookAlikes(entries: readonly PlannedEntry[]): string[] {
  const byFolded = new Map<string, string>();
  const warnings: string[] = [];
  for (const { path } of entries) {
    const folded = path.toLowerCase();
    const other = byFolded.get(folded);
    if (other === undefined) byFolded.set(folded, path);
    else warnings.push(`${other} and ${path} differ in case alone; both go into the image.`);
  }
  return warnings;
}
