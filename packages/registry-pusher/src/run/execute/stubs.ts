import { mkdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fsPath, lstat, type Root } from './paths.ts';

/** What is created only for something to be mounted there. It's removed afterwards, unless the command put something in it. */
export class Stubs {
  readonly #root: Root;
  readonly #created: { readonly path: string; readonly isDirectory: boolean }[] = [];

  constructor(root: Root) {
    this.#root = root;
  }

  /** Returns the path on this machine, which is a directory. */
  directory(path: string): string {
    const resolved = this.#root.resolve(path);
    this.#make(resolved);
    return this.#root.at(resolved);
  }

  /** Returns the path on this machine of something in a directory that is mounted over. */
  under(path: string): string {
    return this.#root.at(path);
  }

  /** Returns the path on this machine, which is a file or what else is there. */
  file(path: string): string {
    const resolved = this.#root.resolve(path);
    this.#make(posix.dirname(resolved));
    const target = this.#root.at(resolved);
    if (lstat(target) === undefined) {
      writeFileSync(fsPath(target), '', { mode: 0o644 });
      this.#created.push({ path: target, isDirectory: false });
    }
    return target;
  }

  remove(): void {
    for (const { path, isDirectory } of this.#created.splice(0).reverse()) {
      try {
        if (isDirectory) rmdirSync(fsPath(path));
        else if (lstat(path)?.size === 0) unlinkSync(fsPath(path));
      } catch {
        // It isn't empty anymore: the command uses it.
      }
    }
  }

  #make(path: string): void {
    const target = this.#root.at(path);
    if (path === '/' || lstat(target) !== undefined) return;
    this.#make(posix.dirname(path));
    mkdirSync(fsPath(target), 0o755);
    this.#created.push({ path: target, isDirectory: true });
  }
}
