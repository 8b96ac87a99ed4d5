import { expect, test } from 'vitest';
import { importCircles } from './import-circles.ts';

/** Returns the circles among files, each given with the specifiers that it imports. */
function circlesIn(files: Record<string, readonly string[]>): string[] {
  return importCircles(
    Object.entries(files).flatMap(([file, specifiers]) => specifiers.map((specifier) => ({ file, specifier }))),
  );
}

test('reports the whole path of a circle, across folders', () => {
  const files = {
    'src/index.ts': ['./a.ts'],
    'src/a.ts': ['node:fs', './deep/b.ts'],
    'src/deep/b.ts': ['./c.ts', '../d.ts'],
    'src/deep/c.ts': ['../a.ts', 'zod'],
    'src/d.ts': [],
  };
  expect(circlesIn(files)).toEqual(['src/a.ts → src/deep/b.ts → src/deep/c.ts → src/a.ts']);
});

test('reports each circle once, by its shortest path', () => {
  const files = {
    'a.ts': ['./b.ts'],
    'b.ts': ['./c.ts'],
    'c.ts': ['./a.ts', './b.ts'],
    'x.ts': ['./y.ts', './a.ts'],
    'y.ts': ['./x.ts'],
  };
  expect(circlesIn(files).toSorted()).toEqual(['b.ts → c.ts → b.ts', 'x.ts → y.ts → x.ts']);
});

test('reports a file that imports itself', () => {
  expect(circlesIn({ 'a.ts': ['./a.ts'] })).toEqual(['a.ts → a.ts']);
});

test('accepts two ways to the same file', () => {
  expect(
    circlesIn({ 'a.ts': ['./b.ts', './c.ts'], 'b.ts': ['./d.ts'], 'c.ts': ['./d.ts'], 'd.ts': ['./e.ts'] }),
  ).toEqual([]);
});
