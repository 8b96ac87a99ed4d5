import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import initGenerator from './init.ts';

const own = fileURLToPath(new URL('../../', import.meta.url));
const json = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(own, file), 'utf8')) as Record<string, unknown>;

async function workspace(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tozo-generator-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

const files = {
  'nx.json': '{}',
  'package.json': '{ "workspaces": ["apps/*"], "devDependencies": { "nx": "23.0.0", "@tozo/nx": "0.1.0" } }',
  'package-lock.json': '{}',
  'apps/shop/package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }',
  'apps/shop/server.js': 'createServer(() => {}).listen(process.env.PORT);\n',
};

test('nx g @tozo/nx:init writes into the tree of Nx only', async () => {
  const root = await workspace({ ...files, 'node_modules/@tozo/cli/package.json': '{ "version": "0.1.0" }' });
  const written = new Map<string, string>();
  const before = await readdir(root, { recursive: true });
  await initGenerator({ root, write: (path, content) => void written.set(path, content) }, { pipeline: false });
  expect([...written.keys()].toSorted()).toEqual(
    [
      'apps/shop/.dockerignore',
      'apps/shop/Dockerfile',
      'apps/shop/deploy.json',
      'apps/shop/package.json',
      'nx.json',
    ].toSorted(),
  );
  expect(written.get('nx.json')).toContain('@tozo/nx/plugin');
  expect(await readdir(root, { recursive: true })).toEqual(before);
});

test('it says which package is missing', async () => {
  const root = await workspace(files);
  await expect(initGenerator({ root, write: () => undefined }, {})).rejects.toThrow(
    /npm install --save-dev @tozo\/cli/,
  );
});

test('the files that Nx reads name files that are published', async () => {
  const manifest = await json('package.json');
  const exported = Object.values(manifest['exports'] as object).map((target: string | { default: string }) =>
    typeof target === 'string' ? target : target.default,
  );
  const { generators } = (await json('generators.json')) as {
    generators: Record<string, { factory: string; schema: string }>;
  };
  for (const { factory, schema } of Object.values(generators))
    expect(exported).toEqual(expect.arrayContaining([factory, schema]));
  expect(manifest).toMatchObject({
    generators: './generators.json',
    'nx-migrations': { migrations: './migrations.json' },
  });
});

test('every migration belongs to every release, or to a version after the first one, and is published', async () => {
  const manifest = await json('package.json');
  const exported = Object.values(manifest['exports'] as object).map((target: string | { default: string }) =>
    typeof target === 'string' ? target : target.default,
  );
  const { generators } = (await json('migrations.json')) as {
    generators: Record<string, { version: string; implementation: string }>;
  };
  for (const { version, implementation } of Object.values(generators)) {
    expect(version).toMatch(/^(?:VERSION|(?!0\.1\.0$)\d+\.\d+\.\d+)$/);
    expect(exported).toContain(implementation);
  }
});
