import { closeSync, constants, lutimesSync, openSync, readSync, fstatSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { earliestTime, timeOf } from '../../build/layer/file-times.ts';
import type { TarHeader } from '../../tar/header.ts';
import type { TarEntry } from '../../tar/write.ts';
import { yieldToEventLoop } from '../../build/context/event-loop.ts';
import type { Changes } from './changes.ts';
import { fsPath } from './paths.ts';
import type { FileStamp } from './scan.ts';

const chunkSize = 1024 * 1024;

export interface PackOptions {
  /** The root on this machine. */
  readonly root: string;
  /** When the command started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The time of everything that the command wrote, in seconds since 1970. Without it, times derive from contents. */
  readonly epoch: number | undefined;
  /** Returns the digest of a file's content. */
  readonly digestOf: (path: string, stamp: FileStamp) => string;
}

/**
 * Yields the entries of a layer: whiteouts, and what changed. Files get the time of their content, unless the command set an
 * older one, as package managers do: then the same files make the same layer. Gives the files below the root the same times.
 */
export async function* packChanges(changes: Changes, options: PackOptions): AsyncGenerator<TarEntry> {
  const { root } = options;
  const whiteouts = changes.removes.map((path) => [whiteoutOf(path), undefined] as const);
  const firsts = new Map<number, string>();
  for (const [path, stamp] of [...whiteouts, ...changes.puts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (stamp === undefined) {
      yield {
        header: { ...root0, type: 'file', name: path.slice(1), mode: 0, size: 0, mtime: options.epoch ?? earliestTime },
      };
      continue;
    }
    if (stamp.kind === 'socket') continue;
    const first = stamp.kind === 'file' && stamp.names > 1 ? firsts.get(stamp.ino) : undefined;
    const mtime = layerTime(path, stamp, options);
    const header = toHeader(path, stamp, mtime, first);
    if (first === undefined && stamp.kind === 'file') {
      firsts.set(stamp.ino, path);
      yield { header, content: readFile(root + path, stamp) };
    } else yield { header };
    lutimesSync(fsPath(root + path), mtime, mtime);
  }
}

const root0 = { uid: 0, gid: 0 };

function whiteoutOf(path: string): string {
  return posix.join(posix.dirname(path), `.wh.${posix.basename(path)}`);
}

function layerTime(path: string, stamp: FileStamp, { startedAt, epoch, digestOf }: PackOptions): number {
  const isOlder = stamp.mtime < startedAt && stamp.kind !== 'directory';
  if (isOlder) return Math.max(0, Math.min(Math.floor(stamp.mtime / 1000), epoch ?? Infinity));
  if (epoch !== undefined) return epoch;
  if (stamp.kind !== 'file') return earliestTime;
  const digest = Buffer.from(digestOf(path, stamp), 'base64').toString('hex');
  return timeOf(`sha256:${digest}`);
}

function toHeader(path: string, stamp: FileStamp, mtime: number, first: string | undefined): TarHeader {
  const { kind, mode, uid, gid, size, target, device, attributes } = stamp;
  const common = { name: path.slice(1), mode, uid, gid, size: 0, mtime };
  const attributed = attributes === undefined ? common : { ...common, attributes };
  switch (kind) {
    case 'directory':
      return { ...attributed, type: 'directory', name: `${common.name}/` };
    case 'link':
      return { ...common, type: 'symlink', mode: 0o777, linkname: target! };
    case 'character-device':
    case 'block-device':
      return { ...common, type: kind, ...deviceNumbers(device) };
    case 'fifo':
      return { ...common, type: 'fifo' };
    default:
      return first === undefined
        ? { ...attributed, type: 'file', size }
        : { ...common, type: 'link', linkname: first.slice(1) };
  }
}

/** @see glibc, sys/sysmacros.h */
function deviceNumbers(device: number): { devmajor: number; devminor: number } {
  const bits = BigInt(device);
  return {
    devmajor: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    devminor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}

/** Reads exactly as much as the header says. */
async function* readFile(path: string, { size }: FileStamp): AsyncGenerator<Buffer> {
  const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let left = size; left > 0;) {
      const chunk = Buffer.allocUnsafe(Math.min(left, chunkSize));
      const length = readSync(fd, chunk);
      if (length === 0) throw new Error(`${path} became shorter`);
      left -= length;
      yield chunk.subarray(0, length);
      await yieldToEventLoop();
    }
  } finally {
    closeSync(fd);
  }
}

/** Returns the SHA-256 digest of a file's content, as base64, and its inode. */
export function hashFile(path: string): { readonly digest: string; readonly ino: number } {
  const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    const { ino } = fstatSync(fd);
    const chunk = Buffer.allocUnsafe(chunkSize);
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk))
      hash.update(chunk.subarray(0, length));
    return { digest: hash.digest('base64'), ino };
  } finally {
    closeSync(fd);
  }
}
