import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { boundaries, violations } from './boundaries.ts';
import { readImports } from './imports.ts';
import { readProjects, workspaceRoot } from './workspace.ts';

/** The violations in a workspace of these files; a package has the third-party dependencies named, as a package.json would. */
function violationsIn(files: Record<string, string>, dependencies: Record<string, string> = {}): string[] {
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
  return violations(readImports(root), readProjects(root), boundaries);
}

const declared = {
  '@tozo/deploy': '0.1.0',
  '@tozo/heroku-client': '0.1.0',
  '@tozo/sandbox': '0.1.0',
  undici: '7.30.2',
};

test.each([
  [
    'a client that imports the sandbox',
    'packages/heroku-client/src/client.ts',
    `import { start } from '@tozo/sandbox';`,
  ],
  ['its test too', 'packages/heroku-client/src/client.test.ts', `import { start } from '@tozo/sandbox';`],
  ['the sandbox that imports a client', 'packages/sandbox/src/server.ts', `export * from '@tozo/heroku-client';`],
  ['the command that goes past deploy', 'packages/cli/src/main.ts', `await import('@tozo/heroku-client');`],
  ['deploy that imports the command', 'packages/deploy/src/deploy.ts', `type X = import('@tozo/cli').X;`],
  ['the app that imports deploy', 'apps/tozo/src/server.ts', `import type { Plan } from '@tozo/deploy/plan';`],
])('%s is named with its import', (_what, file, text) => {
  const specifier = /'([^']+)'/.exec(text)?.[1];
  const found = violationsIn({ [file]: text }, { ...declared, '@tozo/cli': '0.1.0' });
  expect(found).toEqual([expect.stringContaining(`${file}: ${specifier}: `)]);
});

test('a package that has exports is imported by its name, not by a path', () => {
  expect(violationsIn({ 'e2e/src/a.test.ts': `import { start } from '../../apps/tozo/src/server.ts';` })).toEqual([]);
  expect(violationsIn({ 'e2e/src/a.test.ts': `import { a } from '../../packages/deploy/src/plan.ts';` })).toEqual([
    'e2e/src/a.test.ts: ../../packages/deploy/src/plan.ts: import @tozo/deploy by its name',
  ]);
});

test('a third-party client is imported by one file of a package', () => {
  const text = `import { request } from 'undici';`;
  const one = { 'packages/heroku-client/src/transport.ts': text, 'packages/sandbox/src/proxy.ts': text };
  expect(violationsIn(one, declared)).toEqual([]);
  const two = { ...one, 'packages/heroku-client/src/client.ts': `import type { Agent } from 'undici';` };
  expect(violationsIn(two, declared)).toEqual([
    'packages/heroku-client/src/client.ts, packages/heroku-client/src/transport.ts: undici: ' +
      'only one file of packages/heroku-client may import it',
  ]);
});

test('a published package declares what it imports; its tests may use what the workspace has', () => {
  const files = {
    'packages/deploy/src/a.ts': `import { z } from 'zod'; import 'node:fs'; import './b.ts';`,
    'packages/deploy/src/a.test.ts': `import { test } from 'vitest';`,
  };
  expect(violationsIn(files)).toEqual([
    'packages/deploy/src/a.ts: zod: not among the dependencies in packages/deploy/package.json',
  ]);
});

test('what design allows passes', () => {
  const files = {
    'packages/cli/src/main.ts': `await import('@tozo/deploy'); await import('@tozo/sandbox');`,
    'packages/deploy/src/deploy.ts': `import { createClient } from '@tozo/heroku-client';`,
    'apps/tozo/infrastructure.ts': `import { app } from '@tozo/infrastructure';`,
    'e2e/src/a.test.ts': `import '@tozo/sandbox'; import '@tozo/heroku-client';`,
  };
  expect(violationsIn(files, declared)).toEqual([]);
});

test('every package of this workspace has its place in the rules', () => {
  const names = readProjects(workspaceRoot).map(({ manifest }) => manifest.name);
  expect(Object.keys(boundaries.mayImport).toSorted()).toEqual(
    names.filter((name) => name !== '@tozo/workspace').toSorted(),
  );
});
