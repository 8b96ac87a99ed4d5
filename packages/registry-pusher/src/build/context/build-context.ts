import type { Dirent } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { readTextFile } from '../../files/read-text-file.ts';
import { yieldToEventLoop } from './event-loop.ts';
import { type ContextItem, readEntries, kindOf } from './entries.ts';
import { type IgnorePattern, type Matched, matchPatterns, parseIgnoreFile } from './ignore-patterns.ts';
import { isExpected, sensitivePatterns, sensitivePart } from './sensitive-files.ts';
import { unreadableError } from './errors.ts';

/** Whether a directory is ignored, and by which patterns. Its items inherit this. */
interface Verdict {
  readonly ignored: boolean;
  readonly byFile: Matched;
  readonly byDefault: Matched;
  /** Whether only the rules for sensitive files ignore it. */
  readonly isSensitive: boolean;
}

/** The directory that COPY reads from, filtered by its ignore file. Never reads outside of it. */
export class BuildContext {
  readonly root: string;
  /** Sensitive paths left out although no pattern of the ignore file matches them, found so far. */
  readonly sensitiveExcluded = new Set<string>();
  /** Sensitive paths that the ignore file includes, with their content, found so far. */
  readonly sensitiveIncluded = new Map<string, string>();
  readonly #ignoreFile: readonly IgnorePattern[];
  readonly #sensitive: readonly IgnorePattern[];
  readonly #walked = new Map<string, readonly ContextItem[]>();

  private constructor(root: string, ignoreFile: readonly IgnorePattern[]) {
    this.root = root;
    this.#ignoreFile = ignoreFile;
    this.#sensitive = sensitivePatterns(ignoreFile);
  }

  /**
   * Reads `<Dockerfile>.dockerignore` or else the context's `.dockerignore`.
   * @throws RegistryPusherError CONTEXT_INVALID
   */
  static async open(directory: string, dockerfile: string): Promise<BuildContext> {
    const root = await realpath(directory).catch((cause: unknown) => {
      throw new RegistryPusherError(
        'CONTEXT_INVALID',
        `The build context ${directory} can't be read. Check that it exists and that you have permission to read it.`,
        { cause },
      );
    });
    for (const file of [`${dockerfile}.dockerignore`, join(root, '.dockerignore')]) {
      const text = await readIfExists(file);
      if (text !== undefined) return new BuildContext(root, parseIgnoreFile(text, basename(file)));
    }
    return new BuildContext(root, []);
  }

  /** Returns the item at a relative path, and whether it's ignored. */
  async lookup(path: string): Promise<{ item: ContextItem; ignored: boolean } | undefined> {
    const item = await this.#item(path);
    if (item === undefined) return undefined;
    const { ignored } = this.#verdictAt(path);
    return { item, ignored: ignored && (item.kind !== 'directory' || (await this.#isEmpty(item))) };
  }

  /** Lists a directory's items that aren't ignored. @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED */
  async *list(directory: ContextItem): AsyncGenerator<ContextItem> {
    const above = this.#verdictAt(directory.path);
    for (const entry of readEntries(directory)) {
      const verdict = this.#verdict(childPath(directory, entry), above);
      const item = this.#child(directory, entry, verdict);
      if (item !== undefined && !(verdict.ignored && (await this.#isEmpty(item)))) yield item;
    }
  }

  /**
   * Returns everything inside a directory that isn't ignored, each directory before its items. An ignored directory is
   * included only if something inside is. Remembers the result.
   * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED
   */
  async walk(directory: ContextItem): Promise<readonly ContextItem[]> {
    const walked = this.#walked.get(directory.path);
    if (walked !== undefined) return walked;
    const items: ContextItem[] = [];
    await this.#walkInto(items, directory, this.#verdictAt(directory.path));
    this.#walked.set(directory.path, items);
    return items;
  }

  async #walkInto(items: ContextItem[], directory: ContextItem, above: Verdict): Promise<void> {
    await yieldToEventLoop();
    for (const entry of readEntries(directory)) {
      const verdict = this.#verdict(childPath(directory, entry), above);
      const item = this.#child(directory, entry, verdict);
      if (item === undefined) continue;
      const at = items.length;
      if (!verdict.ignored) items.push(item);
      if (item.kind === 'directory') await this.#walkInto(items, item, verdict);
      if (verdict.ignored && items.length > at) items.splice(at, 0, item);
    }
  }

  /** Returns an entry as an item, unless it's ignored. Keeps an ignored directory, because items inside may be included. */
  #child(directory: ContextItem, entry: Dirent, { ignored, byDefault, isSensitive }: Verdict): ContextItem | undefined {
    if (isSensitive) this.#noteExcluded(childPath(directory, entry));
    if (ignored && !(entry.isDirectory() && this.#canReinclude())) return undefined;
    const path = childPath(directory, entry);
    if (!ignored && byDefault.includes(true)) this.#noteSensitive(path);
    return { path, absolute: join(directory.absolute, entry.name), kind: kindOf(entry) };
  }

  async #isEmpty(directory: ContextItem): Promise<boolean> {
    return !this.#canReinclude() || (await this.walk(directory)).length === 0;
  }

  #canReinclude(): boolean {
    return this.#ignoreFile.some(({ negated }) => negated);
  }

  #noteSensitive(path: string): void {
    const part = sensitivePart(path);
    if (part !== undefined) this.sensitiveIncluded.set(part.path, part.content);
  }

  /** The history in .git belongs to no image, so nobody misses it. */
  #noteExcluded(path: string): void {
    const part = sensitivePart(path);
    if (part !== undefined && !isExpected(part.path)) this.sensitiveExcluded.add(part.path);
  }

  async #item(path: string): Promise<ContextItem | undefined> {
    const absolute = path === '' ? this.root : join(this.root, path);
    try {
      return { path, absolute, kind: kindOf(await lstat(absolute)) };
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw unreadableError(path, error);
    }
  }

  #verdictAt(path: string): Verdict {
    let verdict: Verdict = { ignored: false, byFile: [], byDefault: [], isSensitive: false };
    if (path === '') return verdict;
    const parts = path.split('/');
    for (const index of parts.keys()) verdict = this.#verdict(parts.slice(0, index + 1).join('/'), verdict);
    return verdict;
  }

  #verdict(path: string, above: Verdict): Verdict {
    const byFile = matchPatterns(this.#ignoreFile, path, above.byFile);
    const byDefault = matchPatterns(this.#sensitive, path, above.byDefault);
    return {
      ignored: byFile.ignored || byDefault.ignored,
      byFile: byFile.matched,
      byDefault: byDefault.matched,
      isSensitive: byDefault.ignored && !byFile.ignored,
    };
  }
}

function childPath({ path }: ContextItem, { name }: Dirent): string {
  return path === '' ? name : `${path}/${name}`;
}

async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof RegistryPusherError) throw error;
    throw unreadableError(file, error);
  }
}
