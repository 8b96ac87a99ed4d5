import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readChangedFiles, readHistory } from './history.ts';
import { createRepository, type TestRepository } from './testing/repository.ts';
import { findUnseenChanges } from './unseen-changes.ts';

const installed = fileURLToPath(new URL('../../../node_modules', import.meta.url));

function createWorkspace(): TestRepository {
  const repository = createRepository();
  symlinkSync(installed, join(repository.path, 'node_modules'));
  repository.commit('.gitignore', 'node_modules\ndist\n');
  repository.commit('.nxignore', 'static\n');
  repository.commit('nx.json', '{}');
  return repository;
}

/** Adds a submodule that git is configured to ignore. */
function addSubmodule(repository: TestRepository): void {
  const commit = repository.git('rev-parse', 'HEAD');
  repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},shop/theme`);
  repository.git('commit', '-q', '-m', 'move shop/theme');
}

test.each<[string, string[], (repository: TestRepository) => void]>([
  ['no file with a plain name', [], (r) => r.commit('shop/main.js', '1')],
  [
    'names that git quotes',
    ['shop/"a"', 'shop/a\nb', 'shop/ä'],
    (r) => {
      for (const name of ['a\nb', 'ä', '"a"', 'a b']) r.commit(`shop/${name}`, '1');
    },
  ],
  ['a name that ends with a space', ['shop/a '], (r) => r.commit('shop/a ', '1')],
  ['a file that .nxignore matches', ['shop/static/a.css'], (r) => r.commit('shop/static/a.css', '1')],
  [
    'a file that .gitignore matches and git tracks',
    ['shop/dist/a.js'],
    (r) => {
      mkdirSync(join(r.path, 'shop/dist'), { recursive: true });
      writeFileSync(join(r.path, 'shop/dist/a.js'), '1');
      r.git('add', '-f', 'shop/dist/a.js');
      r.git('commit', '-q', '-m', 'add shop/dist');
    },
  ],
  ['a submodule that git is configured to ignore', ['shop/theme'], addSubmodule],
])('nx affected does not count %s', async (_, files, change) => {
  using repository = createWorkspace();
  const base = repository.commit(
    '.gitmodules',
    '[submodule "theme"]\n\tpath = shop/theme\n\turl = ../theme\n\tignore = all\n',
  );
  change(repository);
  const range = { base, head: 'HEAD' };
  expect((await findUnseenChanges(repository.path, range)).toSorted()).toEqual(files);
});

test('a moved submodule is a change, also if git is configured to ignore it', async () => {
  using repository = createWorkspace();
  repository.commit('.gitmodules', '[submodule "theme"]\n\tpath = shop/theme\n\turl = ../theme\n\tignore = all\n');
  addSubmodule(repository);
  const base = repository.git('rev-parse', 'HEAD');
  addSubmodule(repository);
  expect(await readChangedFiles(repository.path, base, 'HEAD')).toEqual(['shop/theme']);
  const steps = await readHistory({ cwd: repository.path, since: base, limit: 10 });
  expect(steps.map(({ files }) => files)).toEqual([['shop/theme']]);
  expect(await findUnseenChanges(repository.path, { base, head: 'HEAD' })).toEqual(['shop/theme']);
});
