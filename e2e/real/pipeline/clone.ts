import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A clone of a bare repository next to it. */
export interface Clone {
  readonly path: string;
  readonly git: (...args: string[]) => string;
  /** Checks out a branch that starts at this commit. */
  readonly branch: (name: string, from: string) => void;
  /** Changes files, pushes, and returns the commit. A file with new content `undefined` is removed. */
  readonly commit: (changes: Readonly<Record<string, (before: string) => string | undefined>>) => string;
}

/** Clones a bare repository, whose default branch is main, into a directory next to it. */
export function cloneNextTo(origin: string, env: NodeJS.ProcessEnv): Clone {
  const path = join(dirname(origin), 'clone');
  const run = (cwd: string, ...args: string[]): string =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  const git = (...args: string[]): string => run(path, ...args);
  run(dirname(origin), 'clone', '-q', origin, path);
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  return {
    path,
    git,
    branch: (name, from) => void git('checkout', '-q', '-B', name, from),
    commit(changes) {
      for (const [file, change] of Object.entries(changes)) edit(join(path, file), change);
      git('add', '-A');
      git('commit', '-q', '-m', `change ${Object.keys(changes).join(', ')}`);
      return git('rev-parse', 'HEAD');
    },
  };
}

function edit(file: string, change: (before: string) => string | undefined): void {
  const after = change(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (after === undefined) return rmSync(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, after);
}
