import { expect, test } from 'vitest';
import { entryFiles, type PackageManifest, toPublished } from './manifest.ts';

const manifest = {
  name: '@tozo/cli',
  version: '1.0.0',
  bin: { tozo: './bin/tozo.js' },
  exports: {
    '.': { '@tozo/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './other': { '@tozo/source': './src/other.ts', types: './dist/other.d.ts', default: './dist/other.js' },
    './package.json': './package.json',
  },
  scripts: { test: 'vitest run' },
  dependencies: { bundled: '1.0.0', undici: '7.0.0' },
  devDependencies: { vitest: '4.0.0' },
  nx: { tags: ['layer:cli'] },
} as PackageManifest;
const bundle = { entry: 'packages/cli/src/index.ts', file: 'dist/tozo.js', exports: ['.'] };

test('what only the workspace reads is not published', () => {
  const published = toPublished(manifest, [], new Set(['undici', 'bundled']));
  expect(JSON.stringify(published)).not.toMatch(/@tozo\/source|"scripts"|devDependencies|"nx"/);
  expect(published.dependencies).toEqual({ bundled: '1.0.0', undici: '7.0.0' });
});

test('a bundle replaces the modules in it, and what it contains is no dependency', () => {
  const published = toPublished(manifest, [bundle], new Set(['undici']));
  expect(published.exports['.']).toEqual({ types: './dist/index.d.ts', default: './dist/tozo.js' });
  expect(published.exports['./other']).toEqual({ types: './dist/other.d.ts', default: './dist/other.js' });
  expect(published.dependencies).toEqual({ undici: '7.0.0' });
  expect(toPublished(manifest, [bundle], new Set())).not.toHaveProperty('dependencies');
});

test('users reach every target of an export, and the commands', () => {
  expect(entryFiles(toPublished(manifest, [bundle], new Set()))).toEqual([
    'dist/index.d.ts',
    'dist/tozo.js',
    'dist/other.d.ts',
    'dist/other.js',
    'package.json',
    'bin/tozo.js',
  ]);
});
