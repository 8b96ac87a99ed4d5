import { createHash, randomBytes, scryptSync } from 'node:crypto';
import { type BigIntStats, lstatSync } from 'node:fs';
import { open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../../files/make-directory.ts';
import { type Digest, isDigest } from '../../image/digest.ts';
import type { PlannedFile } from './entry.ts';
import type { FileContent } from './file-content.ts';
import { stampOf } from './read-file.ts';
import { type SecretValue, valueOf } from '../../files/secrets.ts';

type Row = readonly [stamp: string, size: number, digest: Digest];

/** Increment it when the meaning of a row changes. */
const version = 2;

/**
 * In nanoseconds. On a file system with times in seconds, a file that changed this recently could change again without a new
 * time. It isn't cached.
 */
const minAge = 2_000_000_000n;

/**
 * Caches the digests of one build context's files between runs. An entry is valid while the file's inode, size and times
 * are the same. A damaged cache, or one for other secrets, is treated as empty.
 */
export class FileCache {
  readonly #path: string;
  readonly #secrets: readonly SecretValue[];
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #used = new Map<string, Row>();
  readonly #openedAt = BigInt(Date.now()) * 1_000_000n;
  #changed = false;

  private constructor(path: string, secrets: readonly SecretValue[], rows: ReadonlyMap<string, Row>) {
    this.#path = path;
    this.#secrets = secrets;
    this.#rows = rows;
  }

  /**
   * @param directory contains one cache file per build context; it is created if needed
   * @param secrets the values searched for in the files; the cache is only valid for the same ones
   */
  static async open(directory: string, context: string, secrets: readonly SecretValue[]): Promise<FileCache> {
    const name = createHash('sha256')
      .update(await realpath(context))
      .digest('hex');
    const path = join(directory, `files-${name.slice(0, 32)}.json`);
    return new FileCache(path, secrets, parse(await readIfOwn(path), secrets) ?? new Map());
  }

  /** Returns a file's content if the file is unchanged. */
  find({ absolute, contextPath }: PlannedFile): FileContent | undefined {
    const row = this.#rows.get(contextPath);
    if (row === undefined) return undefined;
    const stat = statOf(absolute);
    const [stamp, size, digest] = row;
    if (!stat?.isFile() || stampOf(stat) !== stamp) return undefined;
    this.#used.set(contextPath, row);
    const executable = (stat.mode & 0o100n) !== 0n;
    return { executable, size, digest, stamp };
  }

  /** Adds a file's content, unless the file changed recently or contains machine code, which is checked every time. */
  add({ contextPath }: PlannedFile, { stamp, size, digest, native }: FileContent): void {
    const [, , mtime = '0', ctime = '0'] = stamp.split(' ');
    const latest = BigInt(mtime) > BigInt(ctime) ? BigInt(mtime) : BigInt(ctime);
    if (native !== undefined || latest >= this.#openedAt - minAge) return;
    this.#used.set(contextPath, [stamp, size, digest]);
    this.#changed = true;
  }

  /** Writes the entries used in this run. Ignores errors. */
  async save(): Promise<void> {
    if (!this.#changed && this.#used.size === this.#rows.size) return;
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    try {
      await makeDirectory(dirname(this.#path));
      await writeFile(temporary, format(this.#used, this.#secrets), { mode: 0o600 });
      await rename(temporary, this.#path);
      this.#changed = false;
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

function statOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Reads a file if it belongs to this user. */
async function readIfOwn(path: string): Promise<string> {
  try {
    const file = await open(path);
    await using _closing = { [Symbol.asyncDispose]: () => file.close() };
    const { uid } = await file.stat();
    return process.getuid === undefined || uid === process.getuid() ? await file.readFile('utf8') : '';
  } catch {
    return '';
  }
}

/** Returns a header line and the rows. */
function format(rows: ReadonlyMap<string, Row>, secrets: readonly SecretValue[]): string {
  const body = JSON.stringify([...rows]);
  const salt = randomBytes(16).toString('hex');
  return `${JSON.stringify({ version, salt, secrets: fingerprint(secrets, salt), checksum: checksum(body) })}\n${body}`;
}

function parse(text: string, secrets: readonly SecretValue[]): ReadonlyMap<string, Row> | undefined {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  try {
    const head = JSON.parse(text.slice(0, end)) as Record<string, unknown>;
    if (head['version'] !== version || head['checksum'] !== checksum(body)) return undefined;
    if (head['secrets'] !== fingerprint(secrets, String(head['salt']))) return undefined;
    const rows = JSON.parse(body) as [string, Row][];
    return rows.every(([, row]) => isDigest(row[2])) ? new Map(rows) : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Identifies the secrets without revealing them. It is slow on purpose, because a secret may be easy to guess. */
function fingerprint(secrets: readonly SecretValue[], salt: string): string {
  if (secrets.length === 0) return '';
  return scryptSync(JSON.stringify(secrets.map(valueOf).toSorted()), salt, 32, { N: 4096 }).toString('hex');
}
