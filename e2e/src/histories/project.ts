import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const apps = ['shop', 'till'] as const;
export type App = (typeof apps)[number];

/** What a commit changes: apps, or only documentation. */
export type Change = readonly App[] | 'docs';

/** A git repository whose commits have names, and whose apps consist of one file each. */
export class Project implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'tozo-history-'));
  readonly #commits = new Map<string, string>();

  /** @param prepare writes files of the first commit */
  constructor(prepare: (path: string) => void = () => undefined) {
    this.git('init', '-q', '-b', 'main');
    prepare(this.path);
    this.commit('c1', [...apps]);
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: this.path, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  commit(name: string, change: Change): void {
    const files = change === 'docs' ? ['docs.md'] : change.map((app) => `apps/${app}/version`);
    for (const file of files) {
      mkdirSync(dirname(join(this.path, file)), { recursive: true });
      writeFileSync(join(this.path, file), name);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '-m', name);
    this.name(name);
  }

  revert(name: string, reverted: string): void {
    this.git('revert', '--no-edit', this.commitOf(reverted));
    this.name(name);
  }

  /** Makes a branch of an earlier commit the place for further commits. */
  branch(name: string, from: string): void {
    this.git('checkout', '-q', '-B', name, this.commitOf(from));
  }

  /** Merges a branch into main. */
  merge(name: string, branch: string): void {
    this.git('checkout', '-q', 'main');
    this.git('merge', '-q', '--no-ff', '-m', name, branch);
    this.name(name);
  }

  /** Throws away what main has after an earlier commit. */
  reset(to: string): void {
    this.git('reset', '-q', '--hard', this.commitOf(to));
  }

  name(name: string): void {
    this.#commits.set(name, this.git('rev-parse', 'HEAD'));
  }

  commitOf(name: string): string {
    const commit = this.#commits.get(name);
    if (!commit) throw new Error(`no commit ${name}`);
    return commit;
  }

  /** Returns an app's version in a commit: the name of the commit that wrote it. */
  versionAt(commit: string, app: App): string {
    return this.git('show', `${commit}:apps/${app}/version`);
  }

  /** Returns which apps differ between two commits. */
  affectedBetween(base: string, head: string): App[] {
    const files = this.git('diff', '--name-only', base, head).split('\n');
    return apps.filter((app) => files.some((file) => file.startsWith(`apps/${app}/`)));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
