import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { extension, writeChecksum } from '../testing/tar-mutations.ts';
import { tarLayer } from '../testing/tar-layer.ts';
import { entryPath, relativeEntryPath } from './entry-path.ts';
import { encodeTarHeader } from './header.ts';
import { decodeName, encodeName } from './names.ts';
import { readTar } from './read.ts';
import type { EntryHeader } from './read-header.ts';

async function headersOf(...parts: readonly (Buffer | string)[]): Promise<EntryHeader[]> {
  const headers: EntryHeader[] = [];
  for await (const { header } of readTar(Readable.from([Buffer.concat(parts.map((part) => Buffer.from(part)))])))
    headers.push(header);
  return headers;
}

const plain = { type: 'file', name: 'a', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;
const end = Buffer.alloc(1024);

/** Returns a header with other bytes in one field. */
function headerWith(at: number, bytes: string | Buffer, header = encodeTarHeader(plain)): Buffer {
  const changed = Buffer.from(header);
  Buffer.from(bytes as string, 'latin1').copy(changed, at);
  writeChecksum(changed);
  return changed;
}

function record(text: string): string {
  const rest = Buffer.byteLength(text) + 2;
  const digits = [1, 2, 3, 4, 5, 6].find((count) => String(rest + count).length === count)!;
  return `${rest + digits} ${text}\n`;
}

const pax = (...records: string[]) =>
  Buffer.concat(extension('x', Buffer.from(records.map(record).join('')).toString('latin1')));

test.each<[what: string, parts: readonly Buffer[], reason: string]>([
  [
    'a negative octal size',
    [headerWith(124, '-0000000001\0')],
    'its size is "-0000000001\\u0000", which isn\'t a number',
  ],
  ['a size in hexadecimal', [headerWith(124, '0000000x123\0')], "which isn't a number"],
  ['a size with two numbers', [headerWith(124, '12 34      \0')], "which isn't a number"],
  ['a negative base-256 size', [headerWith(124, Buffer.alloc(12, 0xff))], 'its size is negative'],
  [
    'a base-256 size beyond 2^53',
    [headerWith(124, '\u0080\0\0\0\u0001\0\0\0\0\0\0\0')],
    'its size is larger than 2^53',
  ],
  ['a user ID that isn’t a number', [headerWith(108, 'root\0\0\0\0')], 'its uid is "root'],
  ['a mode that isn’t a number', [headerWith(100, 'rwxr-xr-')], 'its mode is "rwxr-xr-"'],
  ['a negative PAX size', [pax('size=-1'), encodeTarHeader(plain)], 'its size is "-1", which isn\'t a number'],
  ['an over-long PAX size', [pax(`size=${'9'.repeat(30)}`), encodeTarHeader(plain)], 'its size is larger than 2^53'],
  ['a fractional PAX user ID', [pax('uid=1.5'), encodeTarHeader(plain)], 'its uid is "1.5"'],
  ['a PAX record without length', [...extension('x', 'path=x\n'), encodeTarHeader(plain)], 'the record at byte 0'],
  ['a PAX record of length 0', [...extension('x', '0 path=x\n'), encodeTarHeader(plain)], 'the record at byte 0'],
  ['a PAX record that is too long', [...extension('x', '99 path=x\n'), encodeTarHeader(plain)], 'the record at byte 0'],
  ['a PAX record without newline', [...extension('x', '9 path=xx'), encodeTarHeader(plain)], 'the record at byte 0'],
  ['a PAX record without value', [...extension('x', '7 path\n'), encodeTarHeader(plain)], 'the record at byte 0'],
  ['a NUL in a PAX path', [pax('path=a\0b'), encodeTarHeader(plain)], 'its path contains a NUL'],
  ['a NUL in a long name', [...extension('L', 'a\0b\0'), encodeTarHeader(plain)], 'a long name contains a NUL'],
  ['two names', [pax('path=b'), ...extension('L', 'c\0'), encodeTarHeader(plain)], 'an entry has two long names'],
  ['a huge PAX header', [headerWith(124, '77777777777\0', extension('x', '')[0])], 'is larger than 1 MiB'],
  ['a global path', [...extension('g', record('path=b')), encodeTarHeader(plain)], 'a global header sets the path'],
  ['a PAX header at the end', [pax('path=b'), end], 'it ends after an extended header'],
  ['an entry after an empty block', [Buffer.alloc(512), encodeTarHeader(plain)], 'it goes on after an empty block'],
  ['a part of a header', [encodeTarHeader(plain).subarray(0, 100)], 'it ends too early'],
  ['a part of a file', [encodeTarHeader({ ...plain, size: 600 }), Buffer.alloc(599)], 'it ends too early'],
  ['no archive', [Buffer.from('x'.repeat(2000))], 'its checksum is "xxxxxxxx", which isn\'t a number'],
  ['a wrong checksum', [headerWith(0, 'b').fill('c', 0, 1)], 'the checksum of a header is wrong'],
])('refuses %s (faults 138, 139, 140, registry-pusher)', async (_, parts, reason) => {
  await expect(headersOf(...parts)).rejects.toThrow(reason);
});

test('keeps large PAX values exactly (fault 139, registry-pusher)', async () => {
  const long = 'n'.repeat(200_000);
  const values = pax('uid=4294967294', 'gid=9007199254740991', `path=${long}`, `linkpath=${long}é`);
  const link = encodeTarHeader({ ...plain, type: 'symlink', linkname: 'short' });
  expect(await headersOf(values, link, end)).toMatchObject([
    { uid: 4_294_967_294, gid: 9_007_199_254_740_991, name: long, linkname: `${long}é`, type: 'symlink' },
  ]);
  const sized = pax('size=3');
  expect(await headersOf(sized, encodeTarHeader(plain), 'abc'.padEnd(512, '\0'), encodeTarHeader(plain))).toMatchObject(
    [{ size: 3 }, { size: 0 }],
  );
});

test('reads numbers in base-256, and a size of 8 GiB', async () => {
  const large = headerWith(108, '\u0080\0\0\0\u00ff\u00ff\u00ff\u00fe');
  expect(await headersOf(large, end)).toMatchObject([{ uid: 4_294_967_294 }]);
  const huge = headerWith(124, '\u0080\0\0\0\0\0\0\u0002\0\0\0\0');
  const read = readTar(Readable.from([huge]));
  expect((await read.next()).value).toMatchObject({ header: { size: 8_589_934_592 } });
  await expect(read.next()).rejects.toThrow('it ends too early');
});

test.each(['../x', 'a/../../b', '..', 'a/..'])('refuses the name %s (fault 140, registry-pusher)', (name) => {
  expect(() => entryPath(name)).toThrow(`the name "${name}" contains ".."`);
});

test('refuses an empty name, and an absolute one in a pushed archive (fault 140, registry-pusher)', () => {
  expect(() => entryPath('')).toThrow('an entry has no name');
  expect(() => relativeEntryPath('/etc/passwd')).toThrow('the name "/etc/passwd" is absolute');
  expect(entryPath('/etc/passwd')).toBe('/etc/passwd');
  expect(['./', './a//b/', '...'].map(relativeEntryPath)).toEqual(['/', '/a/b', '/...']);
});

test('names keep their bytes, also those that aren’t UTF-8', async () => {
  const bytes = [
    [0xff],
    [0xc3, 0xa9],
    [0x61, 0xe9, 0x62],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbb, 0xbf, 0x61],
    [0xf0, 0x9f, 0x98],
  ];
  const decoded = bytes.map((each) => decodeName(Buffer.from(each)));
  expect(decoded.map((name) => [...encodeName(name)])).toEqual(bytes);
  expect(new Set(decoded).size).toBe(bytes.length);
  const [header] = await headersOf(encodeTarHeader({ ...plain, name: decoded[2]! }), end);
  expect(header!.name).toBe(decoded[2]);
  const listed = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], {
    input: Buffer.concat([encodeTarHeader({ ...plain, name: decoded[2]! }), end]),
  });
  expect([...listed]).toEqual([...bytes[2]!, 0x0a]);
});

test('content that isn’t read is skipped, and a reader can stop early', async () => {
  const tar = await tarLayer({ a: 'x'.repeat(100_000), b: 'y', c: { link: 'a' } });
  let isClosed = false;
  const chunks = async function* () {
    try {
      for (let at = 0; at < tar.length; at += 1000) yield tar.subarray(at, at + 1000);
    } finally {
      isClosed = true;
    }
  };
  const names: string[] = [];
  for await (const { header } of readTar(chunks())) names.push(header.name);
  expect(names).toEqual(['a', 'b', 'c']);
  isClosed = false;
  for await (const entry of readTar(chunks())) {
    for await (const chunk of entry) if (chunk.length > 0) break;
    break;
  }
  expect(isClosed).toBe(true);
});

test('reads to the end of the stream, where its digest is checked', async () => {
  const tar = await tarLayer({ a: 'x' });
  const broken = async function* () {
    yield tar;
    yield Buffer.alloc(10_240);
    throw new Error('wrong digest');
  };
  await expect(headersOf()).resolves.toEqual([]);
  const read = async () => {
    for await (const _ of readTar(broken())) continue;
  };
  await expect(read()).rejects.toThrow('wrong digest');
});
