import { expect, test } from 'vitest';
import { readHistory } from './history.ts';
import { createRepository } from './testing/repository.ts';

test('reads what each step of the history changes, a merge once for each parent', async () => {
  using repository = createRepository();
  const first = repository.commit('a.txt', '1');
  repository.git('checkout', '-q', '-b', 'side');
  const side = repository.commit('b\nb.txt', '2');
  repository.git('checkout', '-q', 'main');
  repository.git('commit', '-q', '--allow-empty', '-m', 'empty');
  const empty = repository.git('rev-parse', 'HEAD');
  repository.git('merge', '-q', '--no-ff', 'side', '-m', 'merge');
  const merge = repository.git('rev-parse', 'HEAD');
  const read = (since?: string) => readHistory({ cwd: repository.path, since, limit: 10 });
  const blob = (file: string): string => repository.git('rev-parse', `HEAD:./${file}`);
  const [a, b] = [blob('a.txt'), blob('b\nb.txt')];
  expect(await read()).toEqual([
    { commit: merge, parent: empty, files: ['b\nb.txt'], contents: [b] },
    { commit: merge, parent: side, files: [], contents: [] },
    ...[{ commit: side, parent: first, files: ['b\nb.txt'], contents: [b] }],
    { commit: empty, parent: first, files: [], contents: [] },
    { commit: first, parent: undefined, files: ['a.txt'], contents: [a] },
  ]);
  expect((await read(side)).map(({ commit }) => commit)).toEqual([merge, merge, empty]);
  expect(await read(merge)).toEqual([]);
  await expect(readHistory({ cwd: '/', limit: 1 })).rejects.toThrow(
    /git rev-list failed in \/: .*not a git repository/,
  );
});
