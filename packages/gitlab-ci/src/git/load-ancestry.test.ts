import { expect, test } from 'vitest';
import { createRepository } from '../testing/repository.ts';
import { loadAncestry } from './load-ancestry.ts';

test('reports the cause of a failed fetch, not the advice that git writes behind it', async () => {
  using repository = createRepository();
  const commit = repository.commit('a.txt', '1');
  repository.git('remote', 'add', 'origin', '/nowhere/project.git');
  const { notes } = await loadAncestry({ cwd: repository.path, commit, needed: ['f'.repeat(40)] });
  expect(notes).toEqual([
    "fetching the history failed: fatal: '/nowhere/project.git' does not appear to be a git repository",
  ]);
});
