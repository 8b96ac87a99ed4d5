import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import * as everything from './index.ts';
import * as inspect from './inspect/index.ts';
import * as registry from './registry/index.ts';

const source = new URL('.', import.meta.url);

/** Returns what loading a file loads: files of this package, and other packages. */
async function loadedBy(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const files = new Set<string>([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const text = await readFile(new URL(file, source), 'utf8');
    for (const specifier of importsIn(text)) {
      if (specifier.startsWith('.')) files.add(posix.join(posix.dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(specifier.split('/')[0]!);
    }
  }
  return { files: [...files], packages: [...packages].sort() };
}

/** Type imports are erased. */
function importsIn(text: string): string[] {
  const pattern = /^(?:import|export) (?!type\b)[^;]*?from '([^']+)'|\b(?:import|require)\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map(([, fixed, dynamic]) => (fixed ?? dynamic)!);
}

/** Files outside the directories that every part of this package stands on. */
function isBeyondRegistry(file: string): boolean {
  return !/^(?:image|files|tar|registry)\/|^abort-on-failure\.ts$/.test(file);
}

test('the subpath registry loads the registry client only', async () => {
  const { files, packages } = await loadedBy('registry/index.ts');
  expect(files.filter(isBeyondRegistry)).toEqual([]);
  expect(packages).toEqual(['fzstd', 'p-limit', 'undici']);
});

test('the subpath inspect loads no builder', async () => {
  const { files, packages } = await loadedBy('inspect/index.ts');
  expect(files.filter(isBeyondRegistry).filter((file) => !file.startsWith('inspect/'))).toEqual([
    'build/layer/layer-record.ts',
    'run/key/run-record.ts',
  ]);
  expect(packages).toEqual(['fzstd']);
});

test('the main entry exports everything that the subpaths export', () => {
  expect(everything).toMatchObject({ ...registry, ...inspect });
});

test.each(['registry', 'inspect'])('package.json exports ./%s', async (name) => {
  const { exports } = JSON.parse(await readFile(new URL('../package.json', source), 'utf8')) as {
    exports: Readonly<Record<string, unknown>>;
  };
  expect(exports[`./${name}`]).toEqual({
    '@tozo/source': `./src/${name}/index.ts`,
    types: `./dist/${name}/index.d.ts`,
    default: `./dist/${name}/index.js`,
  });
});
