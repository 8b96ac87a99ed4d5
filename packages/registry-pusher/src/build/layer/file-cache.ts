import { createHash, randomBytes, scryptSync } from 'node:crypto';
import { type BigIntStats, lstatSync } from 'node:fs';
import { mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../image/digest.ts';
import type { PlannedFile } from './entry.ts';
import type { FileContent } from './file-content.ts';
import { stampOf } from './read-file.ts';

/** What is kept of a file: its stamp, its size, its digest. */
type Row = readonly [stamp: string, size: number, digest: Digest];

/** It goes up when a row means something else than before. */
const version = 2;

/**
 * A file that changed this shortly before it was read may change again without its times telling, where the file system
 * counts in seconds: it is not kept. In nanoseconds.
 */
const racy = 2_000_000_000n;

/**
 * Remembers from run to run what the files of one build context held, by inode, size, times and mode, so that reading them
 * again costs one look at each. It is never needed: one that is damaged, or made for other secrets, counts as empty.
 */
export class FileCache {
  readonly #path: string;
  readonly #secrets: readonly string[];
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #used = new Map<string, Row>();
  readonly #openedAt = BigInt(Date.now()) * 1_000_000n;
  #changed = false;

  private constructor(path: string, secrets: readonly string[], rows: ReadonlyMap<string, Row>) {
    this.#path = path;
    this.#secrets = secrets;
    this.#rows = rows;
  }

  /**
   * @param directory where caches lie, one file for each build context; it is made when it is not there
   * @param secrets that were looked for in the files: what was read without looking for them does not count
   */
  static async open(directory: string, context: string, secrets: readonly string[]): Promise<FileCache> {
    const name = createHash('sha256')
      .update(await realpath(context))
      .digest('hex');
    const path = join(directory, `files-${name.slice(0, 32)}.json`);
    return new FileCache(path, secrets, parse(await readOwn(path), secrets) ?? new Map());
  }

  /** What the file holds, if it is the one that was read. */
  find({ absolute, contextPath }: PlannedFile): FileContent | undefined {
    const row = this.#rows.get(contextPath);
    if (row === undefined) return undefined;
    const stat = look(absolute);
    const [stamp, size, digest] = row;
    if (!stat?.isFile() || stampOf(stat) !== stamp) return undefined;
    this.#used.set(contextPath, row);
    const executable = (stat.mode & 0o100n) !== 0n;
    return { executable, size, digest, stamp };
  }

  /** Keeps what was read of a file, unless it changed a moment ago, or holds machine code, which is looked at every time. */
  add({ contextPath }: PlannedFile, { stamp, size, digest, native }: FileContent): void {
    const [, , mtime = '0', ctime = '0'] = stamp.split(' ');
    const latest = BigInt(mtime) > BigInt(ctime) ? BigInt(mtime) : BigInt(ctime);
    if (native !== undefined || latest >= this.#openedAt - racy) return;
    this.#used.set(contextPath, [stamp, size, digest]);
    this.#changed = true;
  }

  /** Writes what is known of the files that were asked for. A cache that cannot be written is none. */
  async save(): Promise<void> {
    if (!this.#changed && this.#used.size === this.#rows.size) return;
    const unfinished = `${this.#path}.${randomBytes(6).toString('hex')}`;
    try {
      await mkdir(join(this.#path, '..'), { recursive: true, mode: 0o700 });
      await writeFile(unfinished, format(this.#used, this.#secrets), { mode: 0o600 });
      await rename(unfinished, this.#path);
      this.#changed = false;
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The text of a file of this user's own. */
async function readOwn(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { uid } = await file.stat();
    return process.getuid === undefined || uid === process.getuid() ? await file.readFile('utf8') : '';
  } catch {
    return '';
  }
}

/** A line about the rows, and the rows. */
function format(rows: ReadonlyMap<string, Row>, secrets: readonly string[]): string {
  const body = JSON.stringify([...rows]);
  const salt = randomBytes(16).toString('hex');
  return `${JSON.stringify({ version, salt, secrets: fingerprint(secrets, salt), checksum: checksum(body) })}\n${body}`;
}

function parse(text: string, secrets: readonly string[]): ReadonlyMap<string, Row> | undefined {
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

/** Tells the same secrets again without telling what they are; made slow, for one may be easy to guess. */
function fingerprint(secrets: readonly string[], salt: string): string {
  if (secrets.length === 0) return '';
  return scryptSync(JSON.stringify(secrets.toSorted()), salt, 32, { N: 4096 }).toString('hex');
}
