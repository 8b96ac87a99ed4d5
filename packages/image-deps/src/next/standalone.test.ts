import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createImageDeps } from '../create-image-deps.ts';

test("sorts Next's standalone build into layers, without devDependencies and secrets", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'image-deps-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const files = {
    'package.json': JSON.stringify({ name: 'web', dependencies: { next: '15' }, devDependencies: { typescript: '5' } }),
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: { '': {}, 'node_modules/next': { version: '15.0.0' } },
    }),
    '.next/standalone/server.js': '',
    '.next/standalone/.env.production': 'SECRET=1',
    '.next/standalone/.next/server/app/page.js': '',
    '.next/standalone/node_modules/next/package.json': JSON.stringify({ name: 'next', version: '15.0.0' }),
    '.next/standalone/node_modules/typescript/package.json': JSON.stringify({ name: 'typescript', version: '5.9.3' }),
    '.next/static/chunks/framework-0123abcd.js': '',
    '.next/static/chunks/app/page-0123abcd.js': '',
    'public/robots.txt': '',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
  const { out, layers } = await createImageDeps({ directory });
  expect(layers).toMatchObject({ packages: { count: 1 }, app: { count: 4 } });
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1));
  expect(paths.sort()).toEqual([
    'app/.next/server/app/page.js',
    'app/.next/static/chunks/app/page-0123abcd.js',
    'app/public/robots.txt',
    'app/server.js',
    'libraries/.next/static/chunks/framework-0123abcd.js',
    'packages/node_modules/next/package.json',
    'packages/package-lock.json',
  ]);
});
