import { lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { encodeName } from '../../tar/names.ts';

const maxLinks = 255;

/** A path for the file system. Names are bytes, and not all of them are UTF-8. */
export function fsPath(path: string): string | Buffer {
  return /[\ud800-\udfff]/.test(path) ? encodeName(path) : path;
}

export function lstat(path: string): Stats | undefined {
  return lstatSync(fsPath(path), { throwIfNoEntry: false });
}

/** A directory on this machine that is the root of an image's files. No link leads out of it. */
export class Root {
  readonly directory: string;
  /** Directories that aren't links, nor is anything above them. */
  readonly #plain = new Set<string>(['/']);

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Returns the path on this machine of a path whose parents aren't links. */
  at(path: string): string {
    return path === '/' ? this.directory : this.directory + path;
  }

  /** Follows links in a path's parents, inside the root. Returns the path in the image. Creates missing parents. */
  resolveParents(path: string, create = false): string {
    const parent = posix.dirname(path);
    if (this.#plain.has(parent)) return path;
    return posix.join(this.#follow(parent, create), posix.basename(path));
  }

  /** Follows all links in a path, inside the root. Returns the path in the image. The rest of it may not exist. */
  resolve(path: string): string {
    return this.#follow(path, false);
  }

  /** Forgets what is known of a path that is replaced. */
  forget(path: string): void {
    if (!this.#plain.has(path)) return;
    this.#plain.clear();
    this.#plain.add('/');
  }

  #follow(path: string, create: boolean): string {
    let at = '/';
    let links = 0;
    const ahead = path.split('/').filter((part) => part !== '' && part !== '.');
    while (ahead.length > 0) {
      const part = ahead.shift()!;
      const next = part === '..' ? posix.dirname(at) : posix.join(at, part);
      const stat = this.#plain.has(next) ? undefined : lstat(this.at(next));
      if (stat?.isSymbolicLink() === true) {
        if (++links > maxLinks) throw new Error(`${path} is a circular link`);
        const target = readlinkSync(fsPath(this.at(next)), 'utf8');
        if (target.startsWith('/')) at = '/';
        ahead.unshift(...target.split('/').filter((each) => each !== '' && each !== '.'));
        continue;
      }
      if (stat === undefined && create && !this.#plain.has(next)) mkdirSync(fsPath(this.at(next)), 0o755);
      if (stat?.isDirectory() === true) this.#plain.add(next);
      at = next;
    }
    return at;
  }
}
