import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { boundaries, violations } from './boundaries.ts';
import type { FolderOrder } from './folder-order.ts';
import { readImports } from './imports.ts';
import { readProjects, workspaceRoot } from './workspace.ts';

/** Returns the violations in a workspace of these files, where every package declares these dependencies. */
function violationsIn(
  files: Record<string, string>,
  dependencies: Record<string, string> = {},
  folderOrder: FolderOrder = {},
): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tozo-tools-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', JSON.stringify({ name: '@tozo/workspace', workspaces: ['packages/*', 'apps/*', 'e2e'] }));
  for (const name of ['cli', 'deploy', 'heroku-client', 'sandbox', 'infrastructure'])
    write(`packages/${name}/package.json`, JSON.stringify({ name: `@tozo/${name}`, version: '0.1.0', dependencies }));
  write('apps/tozo/package.json', JSON.stringify({ name: 'tozo', private: true }));
  write('e2e/package.json', JSON.stringify({ name: '@tozo/e2e', private: true }));
  for (const [file, text] of Object.entries(files)) write(file, text);
  execFileSync('git', ['init', '-q'], { cwd: root });
  return violations(readImports(root), readProjects(root), { ...boundaries, folderOrder });
}

const declared = {
  '@tozo/deploy': '0.1.0',
  '@tozo/heroku-client': '0.1.0',
  '@tozo/sandbox': '0.1.0',
  undici: '7.30.2',
};

test.each([
  ['a client importing the sandbox', 'packages/heroku-client/src/client.ts', `import { start } from '@tozo/sandbox';`],
  [
    'a client test importing the sandbox',
    'packages/heroku-client/src/client.test.ts',
    `import { start } from '@tozo/sandbox';`,
  ],
  ['the sandbox importing a client', 'packages/sandbox/src/server.ts', `export * from '@tozo/heroku-client';`],
  ['the command bypassing deploy', 'packages/cli/src/main.ts', `await import('@tozo/heroku-client');`],
  ['deploy importing the command', 'packages/deploy/src/deploy.ts', `type X = import('@tozo/cli').X;`],
  ['the app importing deploy', 'apps/tozo/src/server.ts', `import type { Plan } from '@tozo/deploy/plan';`],
])('reports %s', (_what, file, text) => {
  const specifier = /'([^']+)'/.exec(text)?.[1];
  const found = violationsIn({ [file]: text }, { ...declared, '@tozo/cli': '0.1.0' });
  expect(found).toEqual([expect.stringContaining(`${file}: ${specifier}: `)]);
});

test('a package with exports is imported by its name', () => {
  expect(violationsIn({ 'e2e/src/a.test.ts': `import { start } from '../../apps/tozo/src/server.ts';` })).toEqual([]);
  expect(violationsIn({ 'e2e/src/a.test.ts': `import { a } from '../../packages/deploy/src/plan.ts';` })).toEqual([
    'e2e/src/a.test.ts: ../../packages/deploy/src/plan.ts: import @tozo/deploy by its name',
  ]);
});

test('only one file of a package imports a third-party client', () => {
  const text = `import { request } from 'undici';`;
  const one = { 'packages/heroku-client/src/transport.ts': text, 'packages/sandbox/src/proxy.ts': text };
  expect(violationsIn(one, declared)).toEqual([]);
  const two = { ...one, 'packages/heroku-client/src/client.ts': `import type { Agent } from 'undici';` };
  expect(violationsIn(two, declared)).toEqual([
    'packages/heroku-client/src/client.ts, packages/heroku-client/src/transport.ts: undici: ' +
      'only one file of packages/heroku-client may import it',
  ]);
});

test('a published package declares its imports, but not those of its tests', () => {
  const files = {
    'packages/deploy/src/a.ts': `import { z } from 'zod'; import 'node:fs'; import './b.ts';`,
    'packages/deploy/src/a.test.ts': `import { test } from 'vitest';`,
  };
  expect(violationsIn(files)).toEqual([
    'packages/deploy/src/a.ts: zod: not among the dependencies in packages/deploy/package.json',
  ]);
});

test('accepts the imports that the rules allow', () => {
  const files = {
    'packages/cli/src/main.ts': `await import('@tozo/deploy'); await import('@tozo/sandbox');`,
    'packages/deploy/src/deploy.ts': `import { createClient } from '@tozo/heroku-client';`,
    'apps/tozo/infrastructure.ts': `import { app } from '@tozo/infrastructure';`,
    'e2e/src/a.test.ts': `import '@tozo/sandbox'; import '@tozo/heroku-client';`,
  };
  expect(violationsIn(files, declared)).toEqual([]);
});

test('reports import circles, type imports included, and imports against the order of folders', () => {
  const files = {
    'packages/deploy/src/image/a.ts': `import type { B } from '../build/b.ts';`,
    'packages/deploy/src/build/b.ts': `export const a = await import('../image/a.ts');`,
  };
  expect(violationsIn(files, {}, { 'packages/deploy/src': ['image', 'build'] })).toEqual([
    'packages/deploy/src/image/a.ts: ../build/b.ts: folder image may not import folder build',
    'packages/deploy/src/build/b.ts → packages/deploy/src/image/a.ts → packages/deploy/src/build/b.ts: import circle',
  ]);
});

test('the rules list every package of this workspace', () => {
  const names = readProjects(workspaceRoot).map(({ manifest }) => manifest.name);
  expect(Object.keys(boundaries.mayImport).toSorted()).toEqual(
    names.filter((name) => name !== '@tozo/workspace').toSorted(),
  );
});
