import { createHash } from 'node:crypto';
import { headerSize, type NativeCode, nativeCodeOf } from '../native/native-code.ts';
import { aborted } from './aborted.ts';
import type { FileEntry, PlannedFile } from './entry.ts';
import { breathe, OpenFile } from './read-file.ts';
import { SecretScan, secretFound } from './secrets.ts';

export interface HashOptions {
  /** Values that must not stand in any file. */
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A file that was read once, and the machine code that it holds. */
export interface HashedFile {
  readonly entry: FileEntry;
  readonly native?: NativeCode;
}

/**
 * Reads every file once: its size, whether it is executable, the digest of its content, machine code by its header.
 * @throws RegistryPusherError FILE_CHANGED, FILE_UNREADABLE, FILE_REFUSED when a secret's value stands in one, ABORTED
 */
export async function hashFiles(
  files: readonly PlannedFile[],
  { secrets, signal }: HashOptions,
): Promise<HashedFile[]> {
  const scan = new SecretScan(secrets);
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  const hashed: HashedFile[] = [];
  for (const file of files) {
    const open = new OpenFile(file);
    try {
      hashed.push(await hashFile(file, open, scan, buffer, signal));
    } finally {
      open[Symbol.dispose]();
    }
  }
  return hashed;
}

async function hashFile(
  file: PlannedFile,
  open: OpenFile,
  scan: SecretScan,
  buffer: Buffer,
  signal: AbortSignal | undefined,
): Promise<HashedFile> {
  const hash = createHash('sha256');
  let native: NativeCode | undefined;
  let isFirst = true;
  scan.start();
  for (const chunk of open.chunks(buffer)) {
    if (isFirst) native = nativeCodeOf(chunk.subarray(0, headerSize));
    isFirst = false;
    if (scan.finds(chunk)) throw secretFound(file.contextPath);
    hash.update(chunk);
    await breathe();
    if (signal?.aborted) throw aborted(signal);
  }
  const mode = file.mode ?? (open.stat.mode & 0o100n ? 0o755 : 0o644);
  const digest = `sha256:${hash.digest('hex')}` as const;
  const entry: FileEntry = { ...file, mode, size: Number(open.stat.size), digest, stamp: open.stamp };
  return { entry, ...(native === undefined ? {} : { native }) };
}
