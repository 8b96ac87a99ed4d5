import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FileEntry, LocalEntry } from '../../build/layer/entry.ts';
import { hashFiles } from '../../build/layer/hash-files.ts';
import { createDirectory } from '../../testing/directory.ts';
import { sendFiles } from './file-sync.ts';
import { bytesField, bytesOf, numberField, numberOf, readFields, textOf } from './protobuf.ts';

const request = (id: number) => Buffer.concat([numberField(1, 1), numberField(3, id)]);
const end = numberField(1, 3);

async function readFiles(root: string, paths: readonly string[]): Promise<FileEntry[]> {
  const planned = paths.map((path) => {
    return { type: 'file', path: `/${path}`, absolute: join(root, path), contextPath: path, uid: 0, gid: 0 } as const;
  });
  return (await hashFiles(planned, { secrets: [] })).map(({ entry }) => entry);
}

interface Received {
  readonly path: string;
  readonly size: number;
  /** Rounded to a few hundred nanoseconds. */
  readonly time: number;
}

/** Returns the stats, the content of the files sent, and the type of the last packet. */
async function receive(packets: AsyncIterable<Buffer>) {
  const stats: Received[] = [];
  const contents: Record<string, string> = {};
  let last = 0;
  for await (const message of packets) {
    const packet = readFields(message);
    for (const stat of bytesOf(packet, 2).map(readFields))
      stats.push({ path: textOf(stat, 1), size: numberOf(stat, 5), time: numberOf(stat, 6) });
    last = numberOf(packet, 1);
    const path = stats[numberOf(packet, 3)]?.path ?? '';
    if (last === 2) contents[path] = (contents[path] ?? '') + textOf(packet, 4);
  }
  return { stats, contents, last };
}

async function* from(...messages: Buffer[]) {
  yield* messages;
}

const list = async (entries: readonly LocalEntry[], epoch?: number) =>
  (await receive(sendFiles(entries, epoch, from(end)))).stats;

test("lists a directory's items directly after it, and directories that nobody named", async () => {
  const paths = ['b', 'a/z', 'a/b/c', 'a-b', 'a.js', '\u{1F600}', '\uFFFD'];
  await using directory = await createDirectory(Object.fromEntries(paths.map((path) => [path, path])));

  const stats = await list(await readFiles(directory.path, paths));

  expect(stats.map(({ path }) => path)).toEqual([
    'a',
    'a/b',
    'a/b/c',
    'a/z',
    'a-b',
    'a.js',
    'b',
    '\uFFFD',
    '\u{1F600}',
  ]);
});

test('sends only the files that are requested', async () => {
  const large = 'x'.repeat(1_000_000);
  await using directory = await createDirectory({ a: 'other', b: large, c: '' });
  const entries = await readFiles(directory.path, ['a', 'b', 'c']);

  const { contents, last } = await receive(sendFiles(entries, undefined, from(request(2), request(1), end)));

  expect(contents).toEqual({ b: large, c: '' });
  expect(last).toBe(3);
});

test.for([undefined, 0])(
  'gives changed content of the same size another time, with epoch %s (fault 181, registry-pusher)',
  async (epoch) => {
    await using directory = await createDirectory({ a: 'before', b: 'same' });
    const before = await list(await readFiles(directory.path, ['a', 'b']), epoch);
    await directory.write({ a: 'afterr' });
    const after = await list(await readFiles(directory.path, ['a', 'b']), epoch);

    expect(after[0]!.time).not.toBe(before[0]!.time);
    expect(after[1]).toEqual(before[1]);
  },
);

test('reads requests while it lists files: BuildKit stops reading until they are read', async () => {
  await using directory = await createDirectory({ a: 'a' });
  let read = 0;
  const requests = async function* () {
    for (; read < 50_000; read++) yield request(0);
    yield end;
  };
  const packets = sendFiles(await readFiles(directory.path, ['a']), undefined, requests());

  await packets.next();
  await expect.poll(() => read).toBe(50_000);
  await packets.return(undefined);
});

test('rejects a file that has changed, a request for anything else, an error, and an early end', async () => {
  await using directory = await createDirectory({ 'a/b': 'before' });
  const entries = await readFiles(directory.path, ['a/b']);
  const send = async (...messages: Buffer[]) => receive(sendFiles(entries, undefined, from(...messages)));

  await expect(send(request(0), end)).rejects.toThrow("0 isn't a file");
  await expect(send(request(2), end)).rejects.toThrow("2 isn't a file");
  await expect(send(Buffer.concat([numberField(1, 4), bytesField(4, 'disk full')]))).rejects.toThrow('disk full');
  await expect(send(request(1))).rejects.toThrow('early');
  await directory.write({ 'a/b': 'changed!' });
  await expect(send(request(1), end)).rejects.toMatchObject({ code: 'FILE_CHANGED' });
});
