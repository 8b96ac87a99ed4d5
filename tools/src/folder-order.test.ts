import { expect, test } from 'vitest';
import { folderViolations } from './folder-order.ts';

const root = 'packages/shop/src';

/** Returns the violations in a package whose folders are `tar`, `image`, `build/layer`, `build`, in this order. */
function violationsIn(files: Record<string, readonly string[]>): string[] {
  const all = {
    'tar/tar.ts': ['node:fs'],
    'image/a.ts': ['zod'],
    'build/layer/a.ts': ['zod'],
    'build/a.ts': ['zod'],
    ...files,
  };
  return folderViolations(
    Object.entries(all).flatMap(([file, specifiers]) =>
      specifiers.map((specifier) => ({ file: `${root}/${file}`, specifier })),
    ),
    { [root]: ['tar', 'image', 'build/layer', 'build'] },
  );
}

test('a folder may import itself and the folders before it', () => {
  const files = {
    'image/a.ts': ['./b.ts', '../tar/tar.ts'],
    'build/layer/a.ts': ['../../image/a.ts'],
    'build/a.ts': ['./layer/a.ts', '../tar/tar.ts'],
  };
  expect(violationsIn(files)).toEqual([]);
});

test('reports an import of a later folder', () => {
  expect(violationsIn({ 'tar/tar.ts': ['../image/a.ts'] })).toEqual([
    `${root}/tar/tar.ts: ../image/a.ts: folder tar may not import folder image`,
  ]);
});

test('a nested folder may come before the folder around it', () => {
  expect(violationsIn({ 'build/layer/a.ts': ['../a.ts'] })).toEqual([
    `${root}/build/layer/a.ts: ../a.ts: folder build/layer may not import folder build`,
  ]);
});

test('an unlisted folder in a listed one belongs to it', () => {
  expect(violationsIn({ 'image/deep/er/b.ts': ['../../../tar/tar.ts', '../../../build/a.ts'] })).toEqual([
    `${root}/image/deep/er/b.ts: ../../../build/a.ts: folder image may not import folder build`,
  ]);
});

test('an entry point may import every folder and no folder may import it', () => {
  expect(violationsIn({ 'index.ts': ['./build/a.ts', './main.ts'] })).toEqual([]);
  expect(violationsIn({ 'build/a.ts': ['../index.ts'] })).toEqual([
    `${root}/build/a.ts: ../index.ts: folder build may not import an entry point`,
  ]);
});

test('a listed file may be imported by what comes after it', () => {
  const order = { [root]: ['errors.ts', 'image', 'plan.ts'] };
  const imports = [
    { file: `${root}/errors.ts`, specifier: './image/a.ts' },
    { file: `${root}/image/a.ts`, specifier: '../errors.ts' },
    { file: `${root}/image/b.ts`, specifier: '../plan.ts' },
    { file: `${root}/index.ts`, specifier: './plan.ts' },
  ];
  expect(folderViolations(imports, order)).toEqual([
    `${root}/errors.ts: ./image/a.ts: errors.ts may not import folder image`,
    `${root}/image/b.ts: ../plan.ts: folder image may not import plan.ts`,
  ]);
});

test('tests may import anything', () => {
  const files = {
    'tar/tar.test.ts': ['../build/a.ts'],
    'tar/testing/a.ts': ['../../index.ts'],
    'testing/b.ts': ['../build/a.ts'],
  };
  expect(violationsIn(files)).toEqual([]);
});

test('reports a folder that the order misses, and one that has no files', () => {
  expect(violationsIn({ 'image/a.ts': [], 'docker/engine/a.ts': ['zod'] })).toEqual([
    `${root}/docker: add it to the order of folders in tools/src/boundaries.ts`,
    `${root}/image: doesn't exist: remove it from the order of folders in tools/src/boundaries.ts`,
  ]);
});

test('a folder whose files import nothing is there once another folder imports it', () => {
  expect(violationsIn({ 'tar/tar.ts': [], 'image/a.ts': ['../tar/tar.ts'] })).toEqual([]);
});
