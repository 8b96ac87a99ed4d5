/*
 * BuildKit's transfer of files. It compares the stats of all files with those that it keeps from the last build, and requests
 * the content of the files that changed.
 * @see https://github.com/tonistiigi/fsutil/blob/master/receive.go, which describes the protocol
 */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { yieldToEventLoop } from '../../build/context/event-loop.ts';
import { type DirectoryEntry, type FileEntry, type LocalEntry, sortByPath } from '../../build/layer/entry.ts';
import { earliestTime, timeOf } from '../../build/layer/file-times.ts';
import { rereadFile } from '../../build/layer/read-file.ts';
import { GrpcError, grpcStatus } from './grpc.ts';
import { bytesField, numberField, numberOf, readFields, textOf } from './protobuf.ts';

const packetTypes = { stat: 0, request: 1, data: 2, end: 3, error: 4 } as const;

/**
 * Sends a directory to BuildKit and returns the messages to send.
 * @param entries in any order; missing directories are added
 * @param epoch the time of all entries, in seconds since 1970; without it, a file's time derives from its content
 * @param messages BuildKit's messages
 * @throws RegistryPusherError FILE_CHANGED when a file has changed since it was first read, FILE_UNREADABLE
 */
export async function* sendFiles(
  entries: readonly LocalEntry[],
  epoch: number | undefined,
  messages: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const sorted = sortForSync(entries);
  const requests = readAhead(requestedFiles(messages));
  for (const entry of sorted) yield bytesField(2, statOf(entry, epoch));
  yield endOfStats;
  for await (const id of requests as AsyncIterable<number>) {
    const file = sorted[id];
    if (file?.type !== 'file') throw new GrpcError(grpcStatus.internal, `${id} isn't a file of the build context.`);
    for (const chunk of rereadFile(file)) {
      yield dataOf(id, chunk);
      await yieldToEventLoop();
    }
    yield dataOf(id);
  }
  yield numberField(1, packetTypes.end);
}

/** A packet of type 0 without a stat. */
const endOfStats = Buffer.alloc(0);

/** Without a content, it marks the file's end. */
function dataOf(id: number, content?: Buffer): Buffer {
  const header = Buffer.concat([numberField(1, packetTypes.data), numberField(3, id)]);
  return content === undefined ? header : Buffer.concat([header, bytesField(4, content)]);
}

/** Reads requests until BuildKit has everything. */
async function* requestedFiles(messages: AsyncIterable<Buffer>): AsyncGenerator<number> {
  for await (const message of messages) {
    const packet = readFields(message);
    const type = numberOf(packet, 1);
    if (type === packetTypes.end) return;
    if (type === packetTypes.error) throw new GrpcError(grpcStatus.internal, `BuildKit failed: ${textOf(packet, 4)}`);
    if (type === packetTypes.request) yield numberOf(packet, 3);
  }
  throw new GrpcError(grpcStatus.internal, 'BuildKit ended the transfer early.');
}

/** Starts to read at once: BuildKit sends requests before it has all stats, and waits if nobody reads them. */
function readAhead(requests: AsyncGenerator<number>): Readable {
  const ahead = Readable.from(requests, { highWaterMark: Number.MAX_SAFE_INTEGER });
  // Whoever iterates sees the error.
  ahead.on('error', () => undefined);
  ahead.read(0);
  return ahead;
}

/** Go's file modes. @see https://pkg.go.dev/io/fs#FileMode */
const goModes = { file: 0, directory: 2 ** 31, link: 2 ** 27 } as const;

function statOf(entry: LocalEntry, epoch: number | undefined): Buffer {
  const { path, type, uid, gid } = entry;
  const mode = goModes[type] + (entry.type === 'link' ? 0o777 : entry.mode);
  return Buffer.concat([
    bytesField(1, path.slice(1)),
    numberField(2, mode),
    ...(uid === 0 ? [] : [numberField(3, uid)]),
    ...(gid === 0 ? [] : [numberField(4, gid)]),
    ...(entry.type === 'file' ? [numberField(5, entry.size)] : []),
    numberField(6, nanosecondsOf(entry, epoch)),
    ...(entry.type === 'link' ? [bytesField(7, entry.target)] : []),
  ]);
}

/**
 * BuildKit takes files with the same size and time for unchanged. So the digits below a second, which no layer contains, also
 * derive from the content.
 */
function nanosecondsOf(entry: LocalEntry, epoch: number | undefined): bigint {
  if (entry.type !== 'file') return BigInt(epoch ?? earliestTime) * 1_000_000_000n;
  return BigInt(epoch ?? timeOf(entry.digest)) * 1_000_000_000n + fractionOf(entry);
}

function fractionOf({ digest }: FileEntry): bigint {
  return BigInt(`0x${digest.slice(-8)}`) % 1_000_000_000n;
}

/** Sorts a directory's items directly after it, as BuildKit requires, and adds missing directories. */
function sortForSync(entries: readonly LocalEntry[]): LocalEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries)
    for (let above = posix.dirname(path); above !== '/' && !byPath.has(above); above = posix.dirname(above))
      byPath.set(above, directoryAt(above));
  const keyed = [...byPath.values()].map((entry) => ({ entry, path: entry.path.replaceAll('/', '\0') }));
  return sortByPath(keyed).map(({ entry }) => entry);
}

function directoryAt(path: string): DirectoryEntry {
  return { type: 'directory', path, mode: 0o755, uid: 0, gid: 0 };
}
