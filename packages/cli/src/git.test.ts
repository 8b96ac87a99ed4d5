import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareCommits } from './git.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tozo-git-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function git(cwd: string, ...args: string[]): string {
  const config = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...config, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function commit(directory: string, message: string): string {
  git(directory, 'commit', '-q', '--allow-empty', '-m', message);
  return git(directory, 'rev-parse', 'HEAD');
}

test('compares commits of the whole history (fault 113, deploy)', async () => {
  const directory = temporaryDirectory();
  git(directory, 'init', '-q');
  const [first, second] = [commit(directory, 'first'), commit(directory, 'second')];
  git(directory, 'checkout', '-q', '-b', 'side', first);
  const side = commit(directory, 'side');
  const relation = async (a: string, b: string) => (await compareCommits(directory, a, b)).relation;
  expect(await relation(first, first)).toBe('same');
  expect(await relation(first, second)).toBe('older');
  expect(await relation(second, first)).toBe('newer');
  expect(await relation(side, second)).toBe('diverged');
  expect(await relation(side, 'f'.repeat(40))).toBe('unknown');
});

test('a shallow clone knows what its history shows, and says what it lacks (fault 113, deploy)', async () => {
  const origin = temporaryDirectory();
  git(origin, 'init', '-q');
  const commits = ['first', 'second', 'third'].map((message) => commit(origin, message));
  const clone = join(temporaryDirectory(), 'clone');
  git(origin, 'clone', '-q', '--depth=2', `file://${origin}`, clone);
  expect(await compareCommits(clone, commits[1]!, commits[2]!)).toEqual({ relation: 'older' });
  expect(await compareCommits(clone, commits[2]!, commits[0]!)).toEqual({
    relation: 'unknown',
    note: expect.stringMatching(/too little history.*GIT_DEPTH to 0/),
  });
});

test('without git nothing is known', async () => {
  expect(await compareCommits(temporaryDirectory(), 'a'.repeat(40), 'b'.repeat(40))).toEqual({ relation: 'unknown' });
});
