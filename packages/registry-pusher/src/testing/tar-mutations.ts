import { createHash } from 'node:crypto';

const block = 512;

/** A source of numbers below a limit. */
export type Pick = (limit: number) => number;

/** Returns numbers that depend only on the seed. */
export function createPick(seed: string): Pick {
  let state = createHash('sha256').update(seed).digest();
  let at = 0;
  return (limit) => {
    if (at + 4 > state.length) {
      state = createHash('sha256').update(state).digest();
      at = 0;
    }
    at += 4;
    return state.readUInt32LE(at - 4) % limit;
  };
}

type Mutation = (tar: Buffer, headers: readonly number[], pick: Pick, archives: readonly Buffer[]) => Buffer;

/** The fields of a header: offset and length. */
const fields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [157, 100],
  [257, 8],
  [329, 8],
  [337, 8],
  [345, 155],
] as const;
const numbers = [
  '-1',
  '-0000001',
  '99999999999',
  '0o17',
  '1e3',
  ' 644 ',
  '7777777',
  '77777777777',
  '\0\0\0\0',
  '        ',
  '12 34',
  '\u0080\0\0\0\0\0\0\u0001',
  '\u0080\0\0\0\0\0\0\0\0\0\u0002\0',
  '\u00ff'.repeat(12),
  '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fe',
  '\u0080'.repeat(12),
];
const texts = [
  '../x',
  '/etc/x',
  'a/../../b',
  '..',
  '.',
  '',
  '/',
  'a\0b',
  'a//b',
  './a',
  'a/',
  '\u00ff\u00fe',
  'ustar  \0',
  'ustar\x0000',
];
const flags = '\x0001234567xgLKSVDMXA9';
const records = [
  '9 uid=-1\n',
  '9 size=3\n',
  '11 size=-1\n',
  '29 size=99999999999999999999\n',
  '13 uid=65536\n',
  '19 gid=4294967294\n',
  '10 path=x\n',
  '14 path=a\0b/c\n',
  '13 path=../x\n',
  '14 linkpath=y\n',
  '9 uid=1.5\n',
  '8 uid=\n',
  '7 path\n',
  '0 path=x\n',
  '999999 path=x\n',
  '-5 path=x\n',
  '5 a=\n',
  '4 =\n',
  ' 10 path=x\n',
  '10 path=x',
  '12 comment=\n',
  '22 GNU.sparse.major=1\n',
];

/** Changes a part of a valid archive in one to four ways. The same numbers give the same bytes. */
export function mutateTar(archives: readonly Buffer[], pick: Pick): Buffer {
  let tar: Buffer = Buffer.from(archives[pick(archives.length)]!);
  for (let times = 1 + pick(4); times > 0; times--) {
    const headers = headersOf(tar);
    tar = mutations[pick(mutations.length)]!(tar, headers, pick, archives);
  }
  return tar;
}

const mutations: readonly Mutation[] = [
  inHeader((header, pick) => {
    const [at, length] = fields[pick(fields.length)]!;
    header.fill(0, at, at + length);
    header.write(numbers[pick(numbers.length)]!.slice(0, length), at, 'latin1');
  }),
  inHeader((header, pick) => {
    const [at, length] = fields[1 + pick(4)]!;
    header.fill(0, at, at + length);
    header.write(numbers[pick(numbers.length)]!.slice(0, length), at, 'latin1');
  }),
  inHeader((header, pick) => {
    const [at, length] = fields[pick(2) === 0 ? 0 : 6];
    header.fill(0, at, at + length);
    header.write(texts[pick(texts.length)]!, at, 'latin1');
  }),
  inHeader((header, pick) => header.write(flags[pick(flags.length)]!, 156, 'latin1')),
  inHeader((header, pick) => header.writeUInt8(pick(256), pick(block))),
  (tar, _, pick) => {
    if (tar.length > 0) tar.writeUInt8(pick(256), pick(tar.length));
    return tar;
  },
  (tar, _, pick) => tar.subarray(0, pick(tar.length + 1)),
  (tar, _, pick) => tar.subarray(0, pick(tar.length / block + 1) * block),
  (tar, headers, pick) => splice(tar, at(headers, pick), 1, []),
  (tar, headers, pick) => splice(tar, at(headers, pick), 0, [Buffer.alloc(block * (1 + pick(2)))]),
  (tar, headers, pick) => {
    const from = at(headers, pick);
    return splice(tar, at(headers, pick), 0, [tar.subarray(from, from + block)]);
  },
  (tar, headers, pick) => splice(tar, at(headers, pick), 0, extension('x', someRecords(pick))),
  (tar, headers, pick) => splice(tar, at(headers, pick), 0, extension('g', someRecords(pick))),
  (tar, headers, pick) =>
    splice(tar, at(headers, pick), 0, extension(pick(2) === 0 ? 'L' : 'K', texts[pick(texts.length)]!)),
  (tar, headers, pick, archives) => splice(tar, at(headers, pick), 0, [archives[pick(archives.length)]!]),
];

function inHeader(change: (header: Buffer, pick: Pick) => void): Mutation {
  return (tar, headers, pick) => {
    const start = at(headers, pick);
    if (start + block > tar.length) return tar;
    const header = tar.subarray(start, start + block);
    change(header, pick);
    if (pick(10) > 0) writeChecksum(header);
    return tar;
  };
}

function someRecords(pick: Pick): string {
  return Array.from({ length: 1 + pick(3) }, () => records[pick(records.length)]).join('');
}

/** Returns the offsets of blocks with a valid checksum, as in ustar. */
function headersOf(tar: Buffer): number[] {
  const offsets: number[] = [];
  for (let start = 0; start + block <= tar.length; start += block)
    if (
      Number.parseInt(tar.toString('latin1', start + 148, start + 154), 8) === sum(tar.subarray(start, start + block))
    )
      offsets.push(start);
  return offsets;
}

function at(headers: readonly number[], pick: Pick): number {
  return headers.length === 0 ? 0 : headers[pick(headers.length)]!;
}

function splice(tar: Buffer, start: number, blocks: number, parts: readonly Buffer[]): Buffer {
  return Buffer.concat([tar.subarray(0, start), ...parts, tar.subarray(start + blocks * block)]);
}

/** Returns an extended header with any text. */
export function extension(flag: string, text: string): Buffer[] {
  const body = Buffer.from(text, 'latin1');
  const header = Buffer.alloc(block);
  header.write('extension', 0);
  header.write('0000644\x000000000\x000000000\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\x0000000000000\0`, 124);
  header.write(flag, 156);
  header.write('ustar\x0000', 257);
  writeChecksum(header);
  return [header, body, Buffer.alloc((block - (body.length % block)) % block)];
}

export function writeChecksum(header: Buffer): void {
  header.write(`${sum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function sum(header: Buffer): number {
  return header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}
