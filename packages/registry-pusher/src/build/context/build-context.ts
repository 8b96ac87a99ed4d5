import type { Dirent } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { breathe } from './breathe.ts';
import { type ContextItem, entriesOf, kindOf } from './entries.ts';
import { type IgnorePattern, type Matched, match, parseIgnoreFile } from './ignore-patterns.ts';
import { leftOutPatterns, sensitivePart } from './left-out.ts';
import { unreadable } from './unreadable.ts';

/** A folder's verdicts, from which those for its items follow. */
interface Verdict {
  readonly ignored: boolean;
  readonly byFile: Matched;
  readonly byDefault: Matched;
}

/** The folder that COPY reads from, seen through its ignore file. Nothing outside of it is ever read. */
export class BuildContext {
  readonly root: string;
  /** Sensitive paths that the ignore file asks for, found so far. */
  readonly sensitiveIncluded = new Map<string, string>();
  readonly #ignoreFile: readonly IgnorePattern[];
  readonly #leftOut: readonly IgnorePattern[];
  readonly #walked = new Map<string, readonly ContextItem[]>();

  private constructor(root: string, ignoreFile: readonly IgnorePattern[]) {
    this.root = root;
    this.#ignoreFile = ignoreFile;
    this.#leftOut = leftOutPatterns(ignoreFile);
  }

  /**
   * Reads `<Dockerfile>.dockerignore` or else the context's `.dockerignore`.
   * @throws RegistryPusherError CONTEXT_INVALID
   */
  static async open(folder: string, dockerfile: string): Promise<BuildContext> {
    const root = await realpath(folder).catch((cause: unknown) => {
      throw new RegistryPusherError('CONTEXT_INVALID', `The build context ${folder} cannot be read.`, { cause });
    });
    for (const file of [`${dockerfile}.dockerignore`, join(root, '.dockerignore')]) {
      const text = await readIfThere(file);
      if (text !== undefined) return new BuildContext(root, parseIgnoreFile(text, basename(file)));
    }
    return new BuildContext(root, []);
  }

  /** What stands at a relative path, and whether it is ignored; undefined when there is nothing. */
  async look(path: string): Promise<{ item: ContextItem; ignored: boolean } | undefined> {
    const item = await this.#item(path);
    if (item === undefined) return undefined;
    const { ignored } = this.#verdictAt(path);
    return { item, ignored: ignored && (item.kind !== 'folder' || (await this.#isEmpty(item))) };
  }

  /** What a folder holds that is not ignored. @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED */
  async *list(folder: ContextItem): AsyncGenerator<ContextItem> {
    const above = this.#verdictAt(folder.path);
    for (const entry of entriesOf(folder)) {
      const verdict = this.#verdict(childPath(folder, entry), above);
      const item = this.#child(folder, entry, verdict);
      if (item !== undefined && !(verdict.ignored && (await this.#isEmpty(item)))) yield item;
    }
  }

  /**
   * Everything inside a folder that is not ignored, each folder before its items. A folder that is ignored itself comes only
   * when something inside is taken in again. It is looked at once: the second time is the same.
   * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED
   */
  async walk(folder: ContextItem): Promise<readonly ContextItem[]> {
    const known = this.#walked.get(folder.path);
    if (known !== undefined) return known;
    const items: ContextItem[] = [];
    await this.#walkInto(items, folder, this.#verdictAt(folder.path));
    this.#walked.set(folder.path, items);
    return items;
  }

  async #walkInto(items: ContextItem[], folder: ContextItem, above: Verdict): Promise<void> {
    await breathe();
    for (const entry of entriesOf(folder)) {
      const verdict = this.#verdict(childPath(folder, entry), above);
      const item = this.#child(folder, entry, verdict);
      if (item === undefined) continue;
      const at = items.length;
      if (!verdict.ignored) items.push(item);
      if (item.kind === 'folder') await this.#walkInto(items, item, verdict);
      if (verdict.ignored && items.length > at) items.splice(at, 0, item);
    }
  }

  /** An entry as an item, unless it is ignored. An ignored folder is one, for something inside may be taken in again. */
  #child(folder: ContextItem, entry: Dirent, { ignored, byDefault }: Verdict): ContextItem | undefined {
    if (ignored && !(entry.isDirectory() && this.#mayReinclude())) return undefined;
    const path = childPath(folder, entry);
    if (!ignored && byDefault.includes(true)) this.#noteSensitive(path);
    return { path, absolute: join(folder.absolute, entry.name), kind: kindOf(entry, path) };
  }

  async #isEmpty(folder: ContextItem): Promise<boolean> {
    return !this.#mayReinclude() || (await this.walk(folder)).length === 0;
  }

  #mayReinclude(): boolean {
    return this.#ignoreFile.some(({ negated }) => negated);
  }

  #noteSensitive(path: string): void {
    const part = sensitivePart(path);
    if (part !== undefined) this.sensitiveIncluded.set(part.path, part.content);
  }

  async #item(path: string): Promise<ContextItem | undefined> {
    const absolute = path === '' ? this.root : join(this.root, path);
    try {
      return { path, absolute, kind: kindOf(await lstat(absolute), path) };
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      if (error instanceof RegistryPusherError) throw error;
      throw unreadable(path, error);
    }
  }

  #verdictAt(path: string): Verdict {
    let verdict: Verdict = { ignored: false, byFile: [], byDefault: [] };
    if (path === '') return verdict;
    const parts = path.split('/');
    for (const index of parts.keys()) verdict = this.#verdict(parts.slice(0, index + 1).join('/'), verdict);
    return verdict;
  }

  #verdict(path: string, above: Verdict): Verdict {
    const byFile = match(this.#ignoreFile, path, above.byFile);
    const byDefault = match(this.#leftOut, path, above.byDefault);
    return { ignored: byFile.ignored || byDefault.ignored, byFile: byFile.matched, byDefault: byDefault.matched };
  }
}

function childPath({ path }: ContextItem, { name }: Dirent): string {
  return path === '' ? name : `${path}/${name}`;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
}
