import { createHash, type Hash, hash } from 'node:crypto';
import { yieldToEventLoop } from '../context/event-loop.ts';
import type { Digest } from '../../image/digest.ts';
import { headerSize, type NativeCode, nativeCodeOf } from '../native/native-code.ts';
import { abortError } from './abort-error.ts';
import type { FileEntry, PlannedFile } from './entry.ts';
import type { FileCache } from './file-cache.ts';
import type { FileContent } from './file-content.ts';
import { OpenFile } from './read-file.ts';
import { SecretScan, type SecretValue, secretFoundError } from '../../files/secrets.ts';

export interface HashOptions {
  /** Values that must not appear in any file. */
  readonly secrets: readonly SecretValue[];
  readonly signal?: AbortSignal | undefined;
  /** Files that are already read, by their path in the build context. New ones are added. */
  readonly known?: Map<string, FileContent> | undefined;
  /** Files read in earlier runs. */
  readonly cache?: FileCache | undefined;
}

/** A file after its first read, and the machine code in it. */
export interface HashedFile {
  readonly entry: FileEntry;
  readonly native?: NativeCode;
}

/**
 * Reads every unknown file once: its size, execute bit, content digest and machine code.
 * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE, FILE_REFUSED for a file with a secret's value, ABORTED
 */
export async function hashFiles(
  files: readonly PlannedFile[],
  { secrets, signal, known = new Map(), cache }: HashOptions,
): Promise<HashedFile[]> {
  const scan = new SecretScan(secrets);
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  const hashed: HashedFile[] = [];
  for (const file of files) {
    const readBefore = known.get(file.contextPath) ?? cache?.find(file);
    const content = readBefore ?? (await readContent(file, scan, buffer, signal));
    if (readBefore === undefined) cache?.add(file, content);
    known.set(file.contextPath, content);
    hashed.push(toHashedFile(file, content));
  }
  return hashed;
}

/** Lists each property, because spreading is ten times slower and there are thousands of files. */
function toHashedFile(file: PlannedFile, { executable, native, size, digest, stamp }: FileContent): HashedFile {
  const { type, path, uid, gid, absolute, contextPath } = file;
  const mode = file.mode ?? (executable ? 0o755 : 0o644);
  const entry = { type, path, uid, gid, mode, absolute, contextPath, size, digest, stamp };
  return native === undefined ? { entry } : { entry, native };
}

async function readContent(
  file: PlannedFile,
  scan: SecretScan,
  buffer: Buffer,
  signal: AbortSignal | undefined,
): Promise<FileContent> {
  using open = new OpenFile(file);
  const whole = open.whole(buffer);
  const digest = new ContentHash();
  let native: NativeCode | undefined;
  let isFirst = true;
  scan.start();
  for (const chunk of whole === undefined ? open.chunks(buffer) : [whole]) {
    if (isFirst) native = nativeCodeOf(chunk.subarray(0, headerSize), (offset, length) => open.part(offset, length));
    isFirst = false;
    const secret = scan.findSecret(chunk);
    if (secret !== undefined) throw secretFoundError(file.contextPath, secret);
    digest.update(chunk, open.stat.size);
    await yieldToEventLoop();
    if (signal?.aborted) throw abortError(signal);
  }
  return {
    executable: (open.stat.mode & 0o100n) !== 0n,
    size: Number(open.stat.size),
    digest: digest.digest(),
    stamp: open.stamp,
    ...(native === undefined ? {} : { native }),
  };
}

/** Most files are a single chunk. Hashing it at once is twice as fast as a stream. */
class ContentHash {
  #single: string | undefined;
  #parts: Hash | undefined;

  update(chunk: Buffer, size: bigint): void {
    if (BigInt(chunk.length) === size) this.#single = hash('sha256', chunk);
    else (this.#parts ??= createHash('sha256')).update(chunk);
  }

  digest(): Digest {
    return `sha256:${this.#parts?.digest('hex') ?? this.#single ?? hash('sha256', '')}`;
  }
}
