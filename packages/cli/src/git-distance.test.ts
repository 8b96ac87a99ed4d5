import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readDistances } from './git-distance.ts';

async function newRepository() {
  const root = await mkdtemp(join(tmpdir(), 'tozo-git-'));
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    return (await promisify(execFile)('git', [...identity, ...args], { cwd: root })).stdout.trim();
  };
  await git('init', '-q', '-b', 'main');
  const commit = async (file: string): Promise<string> => {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), `${Math.random()}`);
    await git('add', '-A');
    await git('commit', '-qm', file);
    return git('rev-parse', 'HEAD');
  };
  return { root, git, commit };
}

test("counts the commits since a deploy, and those in the project's directory", async () => {
  const { root, git, commit } = await newRepository();
  const deployed = await commit('shop/a');
  await commit('other/b');
  await commit('shop/c');
  expect(await readDistances(join(root, 'shop'), deployed)).toEqual([
    { ref: 'HEAD', behind: 2, behindHere: 1, ahead: 0 },
  ]);
  await git('checkout', '-qb', 'fix', deployed);
  const ahead = await commit('shop/d');
  await git('checkout', '-q', 'main');
  expect(await readDistances(root, ahead)).toEqual([{ ref: 'HEAD', behind: 2, behindHere: 2, ahead: 1 }]);
});

test('is empty without git, and for a commit that the clone does not have', async () => {
  const { root, commit } = await newRepository();
  await commit('a');
  expect(await readDistances(root, 'f'.repeat(40))).toEqual([]);
  expect(await readDistances(tmpdir(), 'f'.repeat(40))).toEqual([]);
});
