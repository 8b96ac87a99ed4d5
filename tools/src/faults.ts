import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many situations are numbered in which something goes wrong: a test that covers one says `(fault N)` in its title. */
export const faultCount = 95;

/** Those that no test cites yet. A number that one does cite is taken out. */
export const uncitedFaults: readonly number[] = [69, 70, 72, 74, 77, 78, 79, 81];

/** The numbers in `(fault 12)`, `(faults 1, 2, 26)` and `(faults 1–4)`, comments left out. */
export function citedFaults(text: string): number[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  return [...code.matchAll(/\(faults? (\d[\d, and–-]*)\)/g)].flatMap(([, list]) =>
    [...list!.matchAll(/(\d+)(?:[–-](\d+))?/g)].flatMap(([, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
    ),
  );
}

/** Every number that a test in the repository cites. */
export function faultsOfTests(root: string): Set<number> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.test.ts', 'e2e/*.ts'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const present = files.filter((file) => !file.startsWith('tools/') && existsSync(join(root, file)));
  return new Set(present.flatMap((file) => citedFaults(readFileSync(join(root, file), 'utf8'))));
}

/** The numbers in a range that are cited, and those that are not. */
export function coverage(cited: ReadonlySet<number>, from: number, to: number) {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return {
    cited: numbers.filter((n) => cited.has(n)),
    missing: numbers.filter((n) => !cited.has(n)),
    of: numbers.length,
  };
}
