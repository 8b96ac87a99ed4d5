import { blockSize, type ByteSource } from './byte-source.ts';
import { invalidTarError, readDecimal, readName, readNumber } from './fields.ts';
import { decodeName } from './names.ts';
import { type PaxRecords, parsePaxRecords } from './pax.ts';

/** The kind of a tar entry. `other` is one that this reader doesn't know. */
export type EntryType =
  'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo' | 'other';

/** A tar entry as read, with the values of its extended headers. */
export interface EntryHeader {
  readonly type: EntryType;
  /** Bytes that aren't UTF-8 are lone surrogates. */
  readonly name: string;
  /** The target of a symlink, or the name of another entry for a hard link; otherwise empty. */
  readonly linkname: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content in the archive. */
  readonly size: number;
  /** Seconds since 1970; 0 if it can't be read. */
  readonly mtime: number;
  /** Whether the content in the archive leaves out zeros of the file. */
  readonly isSparse: boolean;
  readonly devmajor: number;
  readonly devminor: number;
  readonly pax: PaxRecords;
}

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};
const withContent = new Set<EntryType>(['file', 'other']);

/** As in Go, which container runtimes are written in. */
const maxExtensionSize = 1024 * 1024;

interface Extensions {
  pax?: PaxRecords;
  name?: string;
  linkname?: string;
}

/**
 * Reads the next header with the extended headers before it. Returns undefined at the end of the archive.
 * @throws Error for a header that is malformed or that readers understand differently
 */
export async function readHeader(source: ByteSource): Promise<EntryHeader | undefined> {
  const extensions: Extensions = {};
  for (;;) {
    const block = await source.readBlock();
    if (block === undefined || isZero(block)) return end(source, block, extensions);
    assertChecksum(block);
    const type = String.fromCharCode(block[156]!);
    // Solaris wrote PAX headers as X.
    if (type === 'x' || type === 'X')
      setOnce(extensions, 'pax', parsePaxRecords((await readExtension(source, block)).bytes));
    else if (type === 'g') assertHarmless(parsePaxRecords((await readExtension(source, block)).bytes));
    else if (type === 'L') setOnce(extensions, 'name', parseLongName(await readExtension(source, block)));
    else if (type === 'K') setOnce(extensions, 'linkname', parseLongName(await readExtension(source, block)));
    else return await toHeader(source, block, type, extensions);
  }
}

async function end(source: ByteSource, block: Buffer | undefined, extensions: Extensions): Promise<undefined> {
  if (Object.keys(extensions).length > 0) throw invalidTarError('it ends after an extended header');
  const second = block && (await source.readBlock());
  if (second !== undefined && !isZero(second)) throw invalidTarError('it goes on after an empty block');
}

function setOnce<K extends keyof Extensions>(extensions: Extensions, key: K, value: Extensions[K]): void {
  if (extensions[key] !== undefined) throw invalidTarError('an entry has two extended headers of the same kind');
  extensions[key] = value;
}

/** Returns an extended header, and the rest of its last block, which is zeros. */
async function readExtension(source: ByteSource, block: Buffer): Promise<{ bytes: Buffer; rest: Buffer }> {
  const size = readNumber(block.subarray(124, 136), 'size');
  if (size > maxExtensionSize) throw invalidTarError(`an extended header of ${size} bytes is larger than 1 MiB`);
  const bytes = await source.read(size);
  return { bytes, rest: await source.read(paddingOf(size)) };
}

/** Go's reader ignores the values of a global header, GNU tar and Python apply them to all entries. */
function assertHarmless(records: PaxRecords): void {
  const harmful = [...records.keys()].find((key) => /^(?:path|linkpath|size|uid|gid|GNU\.sparse\..*)$/.test(key));
  if (harmful !== undefined) throw invalidTarError(`a global header sets the ${harmful} of all entries`);
}

/** Without a NUL at its end, GNU tar and Python read the rest of the block as a part of it, and Go doesn't. */
function parseLongName({ bytes, rest }: { bytes: Buffer; rest: Buffer }): string {
  const end = bytes.indexOf(0);
  if (!isZero(end < 0 ? rest : bytes.subarray(end)))
    throw invalidTarError('a long name contains a NUL or goes on after its end');
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}

async function toHeader(source: ByteSource, block: Buffer, flag: string, extensions: Extensions): Promise<EntryHeader> {
  const { pax = new Map<string, string>() } = extensions;
  const isPaxSparse = [...pax.keys()].some((key) => /^GNU\.sparse\.(?:map|size|numblocks|offset|minor)$/.test(key));
  const path = (isPaxSparse ? pax.get('GNU.sparse.name') : undefined) ?? pax.get('path');
  const name = chooseName(path, extensions.name) ?? ustarName(block);
  const number = (at: number, length: number, key: string) => {
    const record = pax.get(key);
    return record === undefined ? readNumber(block.subarray(at, at + length), key) : readDecimal(record, key);
  };
  const known = types[flag] ?? 'other';
  // Before ustar, a slash at the end of the name marked a directory.
  const type = flag === '\0' && name.endsWith('/') ? 'directory' : known;
  const isSparse = flag === 'S' || (type === 'file' && isPaxSparse);
  const isLink = type === 'link' || type === 'symlink';
  const isDevice = type === 'character-device' || type === 'block-device';
  if (flag === 'S') await skipSparseMap(source, block);
  return {
    type,
    name,
    linkname: isLink
      ? (chooseName(pax.get('linkpath'), extensions.linkname) ?? readName(block.subarray(157, 257)))
      : '',
    mode: readNumber(block.subarray(100, 108), 'mode'),
    uid: number(108, 8, 'uid'),
    gid: number(116, 8, 'gid'),
    // Go and Python ignore the size of an entry that has no content.
    size: withContent.has(type) ? number(124, 12, 'size') : 0,
    mtime: readTime(block, pax),
    isSparse,
    devmajor: isDevice ? readNumber(block.subarray(329, 337), 'major device number') : 0,
    devminor: isDevice ? readNumber(block.subarray(337, 345), 'minor device number') : 0,
    pax,
  };
}

/** A time that nobody can read harms nothing. */
function readTime(block: Buffer, pax: PaxRecords): number {
  const record = Number.parseFloat(pax.get('mtime') ?? '');
  if (Number.isFinite(record)) return record;
  const octal = Number.parseInt(block.toString('latin1', 136, 148), 8);
  return Number.isFinite(octal) ? octal : 0;
}

function chooseName(fromPax: string | undefined, long: string | undefined): string | undefined {
  if (fromPax !== undefined && long !== undefined && fromPax !== long)
    throw invalidTarError('an entry has two long names');
  return fromPax ?? long;
}

/** Only the POSIX formats have a prefix; star uses its end for times. */
function ustarName(block: Buffer): string {
  const name = readName(block.subarray(0, 100));
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = readName(block.subarray(345, isStar ? 476 : 500));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Skips the blocks in which GNU's old format continues the map of a sparse file. */
async function skipSparseMap(source: ByteSource, header: Buffer): Promise<void> {
  for (let continues = header[482] !== 0; continues;) continues = (await source.read(blockSize))[504] !== 0;
}

/** Accepts both sums: some old archivers added signed bytes. */
function assertChecksum(block: Buffer): void {
  const stored = readNumber(block.subarray(148, 156), 'checksum');
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let at = 0; at < blockSize; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  if (stored !== unsigned && stored !== signed) throw invalidTarError('the checksum of a header is wrong');
}

const zeros = Buffer.alloc(blockSize);

function isZero(bytes: Buffer): boolean {
  return bytes.length === blockSize ? bytes.equals(zeros) : bytes.every((byte) => byte === 0);
}

/** Returns how many zeros fill the last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
