import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The directories with proofs, one file each, relative to the workspace root. */
export const proofDirectories = ['tools/src/proofs', 'e2e/proofs'];

/** A test that takes minutes to hours, so it runs by hand and not on every change. */
export interface Proof {
  readonly name: string;
  readonly file: string;
  /** The first line of the file's header comment. */
  readonly summary: string;
}

/** Returns all proofs, sorted by name. */
export function findProofs(root: string): Proof[] {
  const files = proofDirectories
    .map((directory) => join(root, directory))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((file) => join(directory, file)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const proofs = files.map((file) => ({ name: basename(file, '.ts'), file, summary: summaryOf(file) }));
  return proofs.toSorted((a, b) => a.name.localeCompare(b.name));
}

function summaryOf(file: string): string {
  return /^\/\*\*[\s*]*(.*?)(?:\s*\*\/)?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
