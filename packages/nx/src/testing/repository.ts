import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];

/** A git repository in a temporary directory, removed on disposal. */
export interface TestRepository extends Disposable {
  readonly path: string;
  git(...args: string[]): string;
  /** Writes and commits the file. Returns the commit. */
  commit(file: string, content: string): string;
  /** Clones only the newest `depth` commits. */
  shallowClone(depth: number): TestRepository;
}

export function createRepository(): TestRepository {
  const path = mkdtempSync(join(tmpdir(), 'tozo-nx-'));
  const repository = open(path);
  repository.git('init', '-q', '-b', 'main');
  return repository;
}

function open(path: string): TestRepository {
  const git = (...args: string[]): string =>
    execFileSync('git', [...identity, ...args], { cwd: path, encoding: 'utf8', stdio: 'pipe' }).trim();
  return {
    path,
    git,
    commit(file, content) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
      git('add', '-A');
      git('commit', '-q', '-m', `change ${file}`);
      return git('rev-parse', 'HEAD');
    },
    shallowClone(depth) {
      const clone = mkdtempSync(join(tmpdir(), 'tozo-nx-'));
      git('clone', '-q', '--depth', String(depth), pathToFileURL(path).href, clone);
      return open(clone);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
