import { expect, test } from 'vitest';
import { allFiles, compileFiles, isVendorChunk } from './own-files.ts';

test.each([
  [['dist'], ['dist/a.js', 'dist/b/c.js'], ['src/a.ts', 'distant/a.js']],
  [['./dist/'], ['dist/a.js'], ['a/dist/a.js']],
  [['dist/**/*.js'], ['dist/a.js', 'dist/b/c.js'], ['dist/a.d.ts']],
  [['dist', '!dist/test', '!**/*.map'], ['dist/a.js'], ['dist/test/a.js', 'dist/a.js.map']],
  [['.next/server', 'server.js'], ['.next/server/x.js', 'server.js'], ['.next/cache/x']],
  [['.'], ['a.js', 'b/c.js'], ['.env', '.env.production', 'a/.npmrc', '.git/HEAD', 'node_modules/a/index.js']],
  [['*.js'], ['a.js'], ['b/a.js']],
])('%j includes %j but not %j', (patterns, included, excluded) => {
  const matches = compileFiles(patterns);
  expect(included.filter((path) => !matches(path))).toEqual([]);
  expect(excluded.filter((path) => matches(path))).toEqual([]);
});

test('without patterns, all but hidden files, packages and what compilers keep belongs to a library', () => {
  const paths = ['index.js', 'dist/a.js', '.env', '.turbo/log', 'node_modules/a/index.js', 'tsconfig.tsbuildinfo'];
  expect(paths.filter((path) => allFiles(path))).toEqual(['index.js', 'dist/a.js']);
});

test('a chunk of third-party packages is told by its name', () => {
  const vendor = [
    'dist/assets/vendor-B2xk1aQ9.js',
    'dist/assets/vendor-B2xk1aQ9.js.map',
    'dist/assets/vendor-B2xk1aQ9.css.br',
    'dist/js/chunk-vendors.0a1b2c3d.js.gz',
    'dist/vendors~main.1f2e.js',
    'vendor.js',
  ];
  const own = ['dist/assets/index-B2xk1aQ9.js', 'dist/vendoring.js', 'dist/vendor/shop.js', 'dist/vendor-logo.svg'];
  expect(vendor.filter((path) => !isVendorChunk(path))).toEqual([]);
  expect(own.filter((path) => isVendorChunk(path))).toEqual([]);
});
