import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Clock } from '../time/clock.ts';
import { digestParts } from './grammar.ts';

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface ByteRange {
  /** First byte, and last byte inclusive. */
  readonly start: number;
  readonly end: number;
}

/**
 * A registry's content on disk. Blobs and manifests are stored once, by digest; a repository links to its own:
 *
 *     blobs/sha256/HEX                        the bytes
 *     repositories/NAME/_blobs/sha256-HEX     empty: the repository has this blob
 *     repositories/NAME/_manifests/sha256-HEX its media type
 *     repositories/NAME/_images/sha256-HEX    digest of the newest manifest with this config, dated when pushed
 *     repositories/NAME/_tags/TAG             digest of a manifest
 *     uploads/ID                              bytes received of a blob
 *     temporary/ID                            incomplete content
 *
 * Components of repository names never start with `_`. Everything becomes visible by a rename, content before
 * links: a process killed at any moment leaves no partial content.
 */
export class Storage {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #locate: (repository: string) => string;

  /**
   * @param clock dates the images; by default, the machine's time
   * @param locate returns the name that a repository is stored under; by default, its own
   */
  constructor(dir: string, clock = new Clock(), locate = (repository: string): string => repository) {
    this.#dir = dir;
    this.#clock = clock;
    this.#locate = locate;
  }

  get uploadsDirectory(): string {
    return join(this.#dir, 'uploads');
  }

  /** Removes leftovers of interrupted requests. */
  async removeAbandoned(olderThanMs = 24 * 60 * 60 * 1000): Promise<void> {
    for (const directory of [this.uploadsDirectory, join(this.#dir, 'temporary')]) {
      for (const name of (await names(directory)) ?? []) {
        const modified = (await orAbsent(stat(join(directory, name))))?.mtimeMs ?? Infinity;
        if (modified < Date.now() - olderThanMs) await rm(join(directory, name), { force: true });
      }
    }
  }

  async blobSize(repository: string, digest: string): Promise<number | undefined> {
    const linked = await exists(this.#link(repository, '_blobs', digest));
    return linked ? await sizeOf(this.#content(digest)) : undefined;
  }

  /** Opens a blob or manifest of any repository. The stream fails with ENOENT if it doesn't exist. */
  openContent(digest: string, range?: ByteRange): Readable {
    return createReadStream(this.#content(digest), { ...range, highWaterMark: 256 * 1024 });
  }

  async readContent(digest: string): Promise<Buffer> {
    return await readFile(this.#content(digest));
  }

  /** Stores a complete file as a blob of the repository. The caller has checked its digest. */
  async adoptBlob(repository: string, digest: string, file: string): Promise<void> {
    await this.#ensureDirectoryOf(this.#content(digest));
    await rename(file, this.#content(digest));
    await this.linkBlob(repository, digest);
  }

  async linkBlob(repository: string, digest: string): Promise<void> {
    await this.#write(this.#link(repository, '_blobs', digest), '');
  }

  async putBlob(repository: string, bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    await this.#write(this.#content(digest), bytes);
    await this.linkBlob(repository, digest);
    return digest;
  }

  /** Stores a manifest by its digest. `configDigest` is the image ID to find it by. */
  async putManifest(repository: string, manifest: StoredManifest, configDigest?: string): Promise<void> {
    await this.#write(this.#content(manifest.digest), manifest.bytes);
    await this.#write(this.#link(repository, '_manifests', manifest.digest), manifest.mediaType);
    if (configDigest !== undefined) {
      await this.#write(this.#link(repository, '_images', configDigest), manifest.digest, this.#clock.date());
    }
  }

  async putTag(repository: string, tag: string, digest: string): Promise<void> {
    await this.#write(join(this.#repository(repository), '_tags', tagToFile(tag)), digest);
  }

  async manifest(repository: string, digest: string): Promise<StoredManifest | undefined> {
    const mediaType = await readText(this.#link(repository, '_manifests', digest));
    return mediaType === undefined ? undefined : { digest, mediaType, bytes: await this.readContent(digest) };
  }

  /** Returns the digest that a tag points to. */
  async tag(repository: string, tag: string): Promise<string | undefined> {
    return await readText(join(this.#repository(repository), '_tags', tagToFile(tag)));
  }

  /** Returns the digest of the newest manifest with this config. */
  async manifestOfImage(repository: string, imageId: string): Promise<string | undefined> {
    return await readText(this.#link(repository, '_images', imageId));
  }

  /** Returns when the newest manifest with this config was pushed, in milliseconds. */
  async pushedAt(repository: string, imageId: string): Promise<number | undefined> {
    return (await orAbsent(stat(this.#link(repository, '_images', imageId))))?.mtimeMs;
  }

  /** Lists the tags in code point order; undefined for a repository without manifests. */
  async tags(repository: string): Promise<string[] | undefined> {
    const manifests = await names(join(this.#repository(repository), '_manifests'));
    if (manifests === undefined || manifests.length === 0) return undefined;
    const files = (await names(join(this.#repository(repository), '_tags'))) ?? [];
    return files.map(fileToTag).sort();
  }

  /** Removes all repositories below a stored name. Their blobs stay: others may have them. */
  async removeRepositories(parent: string): Promise<void> {
    await rm(join(this.#dir, 'repositories', parent), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Moves all repositories below a stored name, unless there are none. */
  async moveRepositories(parent: string, newParent: string): Promise<void> {
    const [from, to] = [parent, newParent].map((name) => join(this.#dir, 'repositories', name)) as [string, string];
    if (await exists(from)) await rename(from, to);
  }

  #repository(name: string): string {
    return join(this.#dir, 'repositories', this.#locate(name));
  }

  #content(digest: string): string {
    const { algorithm, hex } = digestParts(digest);
    return join(this.#dir, 'blobs', algorithm, hex);
  }

  #link(repository: string, kind: '_blobs' | '_manifests' | '_images', digest: string): string {
    return join(this.#repository(repository), kind, digest.replace(':', '-'));
  }

  async #write(path: string, content: string | Uint8Array, date?: Date): Promise<void> {
    const temporary = join(this.#dir, 'temporary', randomUUID());
    await this.#ensureDirectoryOf(temporary);
    await this.#ensureDirectoryOf(path);
    try {
      await writeFile(temporary, content);
      if (date) await utimes(temporary, date, date);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async #ensureDirectoryOf(path: string): Promise<void> {
    await mkdir(join(path, '..'), { recursive: true });
  }
}

export function digestOf(bytes: Uint8Array | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

// Tags are case-sensitive; some file systems aren't. Tags don't contain `+`.
const tagToFile = (tag: string): string => tag.replaceAll(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`);
const fileToTag = (file: string): string => file.replaceAll(/\+([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function sizeOf(path: string): Promise<number | undefined> {
  return (await orAbsent(stat(path)))?.size;
}

async function exists(path: string): Promise<boolean> {
  return (await orAbsent(stat(path))) !== undefined;
}

async function readText(path: string): Promise<string | undefined> {
  return await orAbsent(readFile(path, 'utf8'));
}

async function names(directory: string): Promise<string[] | undefined> {
  return await orAbsent(readdir(directory));
}

async function orAbsent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
}
