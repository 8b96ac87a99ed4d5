import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where proofs lie, relative to the workspace's folder: one file each. */
export const proofFolders = ['tools/src/proofs', 'e2e/proofs'];

/** A test that runs too long for every change: minutes to hours, started by hand. */
export interface Proof {
  readonly name: string;
  readonly file: string;
  /** The first line of the comment that heads the file. */
  readonly summary: string;
}

/** All proofs, by name. Tests that lie beside them are none. */
export function findProofs(root: string): Proof[] {
  const files = proofFolders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const proofs = files.map((file) => ({ name: basename(file, '.ts'), file, summary: summaryOf(file) }));
  return proofs.toSorted((a, b) => a.name.localeCompare(b.name));
}

function summaryOf(file: string): string {
  return /^\/\*\*[\s*]*(.*?)(?:\s*\*\/)?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
