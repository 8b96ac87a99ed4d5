import { afterAll, expect, test } from 'vitest';
import { isDifferenceComplete } from './affected-range.ts';
import { createRepository, type TestRepository } from './testing/repository.ts';

const repository = createRepository();
afterAll(() => repository[Symbol.dispose]());
repository.commit('shop.js', '1');
const base = repository.commit('package-lock.json', '{"version": 1}');

test.each<[string, boolean, (repository: TestRepository) => void]>([
  ['nothing', true, () => undefined],
  ['two commits that change different files', true, (r) => [r.commit('shop.js', '2'), r.commit('till.js', '1')]],
  ['two commits that change one file', true, (r) => [r.commit('shop.js', '2'), r.commit('shop.js', '3')]],
  [
    'a commit and its revert, of which the first may be live by then (fault 125, gitlab)',
    false,
    (r) => [r.commit('shop.js', '2'), r.git('revert', '--no-edit', 'HEAD')],
  ],
  [
    'two changes of a lock file, whose content Nx compares',
    false,
    (r) => [r.commit('package-lock.json', '{"version": 2}'), r.commit('package-lock.json', '{"version": 3}')],
  ],
  [
    'the merge of a branch that was behind',
    true,
    (r) => {
      r.git('checkout', '-q', '-b', 'feature', 'HEAD~1');
      r.commit('till.js', '1');
      r.git('checkout', '-q', 'main');
      r.git('merge', '-q', '--no-ff', '-m', 'merge', 'feature');
    },
  ],
])('the difference is all that may have to be deployed: %s: %s', async (_, isComplete, happen) => {
  repository.git('checkout', '-q', '-B', 'main', base);
  happen(repository);
  expect(await isDifferenceComplete(repository.path, { base, head: 'HEAD' })).toBe(isComplete);
});
