import { createHash, type Hash, hash } from 'node:crypto';
import { yieldToEventLoop } from '../context/event-loop.ts';
import type { Digest } from '../../image/digest.ts';
import { headerSize, type NativeCode, nativeCodeOf } from '../native/native-code.ts';
import { aborted } from './aborted.ts';
import type { FileEntry, PlannedFile } from './entry.ts';
import type { FileCache } from './file-cache.ts';
import type { FileContent } from './file-content.ts';
import { OpenFile } from './read-file.ts';
import { SecretScan, secretFound } from './secrets.ts';

export interface HashOptions {
  /** Values that must not stand in any file. */
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** What was read before, by the path in the build context: it is not read again, and what is read is added. */
  readonly known?: Map<string, FileContent> | undefined;
  /** What was read in earlier runs. */
  readonly cache?: FileCache | undefined;
}

/** A file that was read once, and the machine code that it holds. */
export interface HashedFile {
  readonly entry: FileEntry;
  readonly native?: NativeCode;
}

/**
 * Reads every file once, or not at all when it is known: its size, whether it is executable, the digest of its content, machine code by its header.
 * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE, FILE_REFUSED when a secret's value stands in one, ABORTED
 */
export async function hashFiles(
  files: readonly PlannedFile[],
  { secrets, signal, known = new Map(), cache }: HashOptions,
): Promise<HashedFile[]> {
  const scan = new SecretScan(secrets);
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  const hashed: HashedFile[] = [];
  for (const file of files) {
    const remembered = known.get(file.contextPath) ?? cache?.find(file);
    const content = remembered ?? (await readContent(file, scan, buffer, signal));
    if (remembered === undefined) cache?.add(file, content);
    known.set(file.contextPath, content);
    hashed.push(hashedFile(file, content));
  }
  return hashed;
}

/** Written out member by member: spreading takes ten times as long, and there are thousands. */
function hashedFile(file: PlannedFile, { executable, native, size, digest, stamp }: FileContent): HashedFile {
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
    if (scan.finds(chunk)) throw secretFound(file.contextPath);
    digest.update(chunk, open.stat.size);
    await yieldToEventLoop();
    if (signal?.aborted) throw aborted(signal);
  }
  return {
    executable: (open.stat.mode & 0o100n) !== 0n,
    size: Number(open.stat.size),
    digest: digest.digest(),
    stamp: open.stamp,
    ...(native === undefined ? {} : { native }),
  };
}

/** Most files are read in one piece: hashing that at once costs half of what a stream of one chunk does. */
class ContentHash {
  #whole: string | undefined;
  #parts: Hash | undefined;

  update(chunk: Buffer, size: bigint): void {
    if (BigInt(chunk.length) === size) this.#whole = hash('sha256', chunk);
    else (this.#parts ??= createHash('sha256')).update(chunk);
  }

  digest(): Digest {
    return `sha256:${this.#parts?.digest('hex') ?? this.#whole ?? hash('sha256', '')}`;
  }
}
