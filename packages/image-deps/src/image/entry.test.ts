import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseManifest } from '../project/manifest.ts';
import { assertBuilt } from './entry.ts';

async function check(manifest: object, files: readonly string[], included: readonly string[] = files): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'image-deps-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), '');
  }
  assertBuilt(
    directory,
    parseManifest(JSON.stringify({ name: '@acme/prices', ...manifest }), 'package.json'),
    included,
  );
}

test.each([
  [{ main: 'dist/index.js' }, ['dist/index.js']],
  [{ main: './dist/index' }, ['dist/index.js']],
  [{ exports: { '.': { types: './dist/index.d.ts', import: './dist/index.js' } } }, ['dist/index.js']],
  [{ exports: { import: './dist/index.mjs', require: './dist/index.cjs' } }, ['dist/index.cjs']],
  [{ exports: { './*': './dist/*.js' } }, ['dist/a.js']],
  [{ exports: { '@acme/source': './src/index.ts', default: './dist/index.js' } }, ['src/index.ts', 'dist/index.js']],
  [{}, ['index.js']],
  [{ types: 'index.d.ts' }, ['index.d.ts']],
])('accepts %j with %j', async (manifest, files) => {
  await expect(check(manifest, files)).resolves.toBeUndefined();
});

test.each([
  [{ main: 'dist/index.js' }, ['src/index.ts'], "@acme/prices isn't built"],
  [{ exports: { '@acme/source': './src/index.ts', default: './dist/index.js' } }, ['src/index.ts'], "isn't built"],
  [{ exports: './src/index.ts' }, ['src/index.ts'], 'exports TypeScript (src/index.ts)'],
])('rejects %j with %j', async (manifest, files, message) => {
  await expect(check(manifest, files)).rejects.toMatchObject({
    code: 'NOT_BUILT',
    message: expect.stringContaining(message) as string,
  });
});

test('rejects an entry that "files" leaves out', async () => {
  await expect(check({ main: 'lib/index.js' }, ['lib/index.js', 'dist/a.js'], ['dist/a.js'])).rejects.toThrow(
    /isn't among the "files"/,
  );
});
