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
  /** Makes so many commits on main, each with other content of a.txt, at once. Returns them, the first one first. */
  commits(count: number): string[];
  /** Clones only the newest `depth` commits. */
  shallowClone(depth: number): TestRepository;
}

export function createRepository(): TestRepository {
  const path = mkdtempSync(join(tmpdir(), 'tozo-gitlab-ci-'));
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
    commits(count) {
      const stream = Array.from({ length: count }, (_, index) => {
        const who = `committer Test <test@example.com> ${1_700_000_000 + index} +0000`;
        const content = String(index);
        const message = `change ${index}`;
        return `commit refs/heads/main\n${who}\ndata ${message.length}\n${message}\nM 644 inline a.txt\ndata ${content.length}\n${content}\n`;
      });
      execFileSync('git', ['fast-import', '--quiet'], { cwd: path, input: stream.join('') });
      git('reset', '-q', '--hard', 'main');
      return git('rev-list', '--reverse', 'main').split('\n');
    },
    shallowClone(depth) {
      const clone = mkdtempSync(join(tmpdir(), 'tozo-gitlab-ci-'));
      git('clone', '-q', '--depth', String(depth), pathToFileURL(path).href, clone);
      return open(clone);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
