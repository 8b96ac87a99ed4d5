import { readFile } from 'node:fs/promises';
import { expect as vitestExpect } from 'vitest';

/* In place of vitest's own functions: collects tests, so that they can run again and again in one process. */

export interface RegisteredTest {
  readonly name: string;
  readonly run: () => unknown;
}

export const tests: RegisteredTest[] = [];

/** Vitest's own, except for file snapshots: relative to the working directory, and never written. */
export const expect = new Proxy(vitestExpect, {
  apply(target, _, [received, message]: [unknown, string?]) {
    const toMatchFileSnapshot = async (file: string) => target(received, file).toBe(await readFile(file, 'utf8'));
    return Object.defineProperty(target(received, message), 'toMatchFileSnapshot', { value: toMatchFileSnapshot });
  },
});

export function describe(_name: string, define: () => void): void {
  define();
}

type Each = (rows: readonly unknown[]) => (name: string, run: (...row: unknown[]) => unknown) => void;

const each: Each = (rows) => (name, run) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? (row as unknown[]) : [row];
    tests.push({ name: `${name}: ${String(values[0])}`, run: () => run(...values) });
  }
};

export const test = Object.assign((name: string, run: () => unknown): void => void tests.push({ name, run }), { each });
