import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProject } from './find-project.ts';

async function workspace(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'image-deps-test-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [file, text] of Object.entries({ '.git/HEAD': '', ...files })) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

test.each([
  ['package-lock.json', '{}', 'npm'],
  ['npm-shrinkwrap.json', '{}', 'npm'],
  ['pnpm-lock.yaml', '', 'pnpm'],
  ['yarn.lock', '# yarn lockfile v1\n', 'yarn-classic'],
  ['yarn.lock', '__metadata:\n  version: 8\n', 'yarn-berry'],
])('%s above the app with %j is of %s', async (lockFile, lock, manager) => {
  const root = await workspace({ 'package.json': '{}', [lockFile]: lock, 'apps/my shop/package.json': '\uFEFF{}' });
  expect(await findProject(join(root, 'apps/my shop'))).toMatchObject({ root, app: 'apps/my shop', lockFile, manager });
});

test('packageManager decides between two lock files', async () => {
  const locks = { 'package-lock.json': '{}', 'pnpm-lock.yaml': '' };
  const root = await workspace({ 'package.json': '{"packageManager": "pnpm@9.1.0+sha512.abc"}', ...locks });
  expect(await findProject(root)).toMatchObject({ manager: 'pnpm', wantedVersion: '9.1.0', app: '' });
});

test.each([
  ['no lock file', { 'package.json': '{}' }, 'LOCK_MISSING', 'npm install'],
  [
    'lock files of two managers',
    { 'package.json': '{}', 'yarn.lock': '', 'package-lock.json': '{}' },
    'LOCK_AMBIGUOUS',
    'package-lock.json, yarn.lock',
  ],
  [
    'another manager in packageManager',
    { 'package.json': '{"packageManager": "pnpm@9"}', 'yarn.lock': '' },
    'LOCK_AMBIGUOUS',
    'asks for pnpm@9',
  ],
  [
    'an unknown manager',
    { 'package.json': '{"packageManager": "cnpm@1"}', 'yarn.lock': '' },
    'MANAGER_UNSUPPORTED',
    'cnpm@1',
  ],
  ['Bun', { 'package.json': '{}', 'bun.lock': '{}' }, 'MANAGER_UNSUPPORTED', 'Bun'],
  ['no package.json', { 'yarn.lock': '' }, 'MANIFEST_INVALID', "doesn't exist"],
  [
    'a package.json only in dist',
    { 'yarn.lock': '', 'dist/package.json': '{}' },
    'MANIFEST_INVALID',
    'tozo image-deps dist',
  ],
  [
    'a package.json that is not JSON',
    { 'yarn.lock': '', 'package.json': '{,}' },
    'MANIFEST_INVALID',
    "isn't valid JSON",
  ],
  [
    'a package.json that is a list',
    { 'yarn.lock': '', 'package.json': '[]' },
    'MANIFEST_INVALID',
    "isn't a JSON object",
  ],
  [
    'dependencies that are a list',
    { 'yarn.lock': '', 'package.json': '{"dependencies": ["a"]}' },
    'MANIFEST_INVALID',
    '"dependencies"',
  ],
])('rejects %s', async (_, files: Record<string, string>, code, text) => {
  const root = await workspace(files);
  await expect(findProject(root)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
});
