/** A C library that code for Linux is linked to; neither runs with the other. */
export type Libc = 'glibc' | 'musl';

/** Gives a part of a file, or undefined when it is not there or not at hand. */
export type ReadPart = (offset: number, length: number) => Buffer | undefined;

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { needed: 1n, strings: 5n };
const headerLength = 64;
const segmentLength = 56;
const mostSegments = 128;
const largestDynamic = 64 * 1024;
const longestName = 256;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * The C library that 64-bit little-endian code asks for: by its interpreter, or by the libraries that it needs. Undefined for a
 * static program, which runs everywhere. @see System V ABI, "Program Header" and "Dynamic Section"
 */
export function libcOf(read: ReadPart): Libc | undefined {
  const segments = segmentsOf(read);
  const interpreter = segments.find(({ type }) => type === segment.interpreter);
  const named = interpreter && read(interpreter.offset, Math.min(interpreter.size, longestName));
  if (named?.includes('ld-musl-')) return 'musl';
  if (named?.includes('ld-linux-')) return 'glibc';
  const needed = neededBy(segments, read);
  // musl's own name for itself is libc.so; Alpine's is libc.musl-x86_64.so.1.
  if (needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'))) return 'musl';
  return needed.some((name) => name === 'libc.so.6' || name.startsWith('ld-linux-')) ? 'glibc' : undefined;
}

function segmentsOf(read: ReadPart): Segment[] {
  const header = read(0, headerLength);
  if (header === undefined || header.length < headerLength) return [];
  const count = Math.min(header.readUInt16LE(56), mostSegments);
  const table = read(Number(header.readBigUInt64LE(32)), count * segmentLength);
  if (table === undefined || table.length < count * segmentLength) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = index * segmentLength;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: table.readBigUInt64LE(at + 16),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

/** Names of the libraries that the dynamic section asks for. */
function neededBy(segments: readonly Segment[], read: ReadPart): string[] {
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  const section = dynamic && read(dynamic.offset, Math.min(dynamic.size, largestDynamic));
  if (section === undefined) return [];
  const needed: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const value = section.readBigUInt64LE(at + 8);
    if (section.readBigUInt64LE(at) === tag.needed) needed.push(Number(value));
    if (section.readBigUInt64LE(at) === tag.strings) strings = offsetOf(value, segments);
  }
  if (strings === undefined) return [];
  return needed.flatMap((offset) => nameAt(read(strings + offset, longestName)) ?? []);
}

/** Where in the file an address lies. */
function offsetOf(address: bigint, segments: readonly Segment[]): number | undefined {
  const holds = ({ type, address: start, size }: Segment) =>
    type === segment.load && address >= start && address < start + BigInt(size);
  const found = segments.find(holds);
  return found && found.offset + Number(address - found.address);
}

function nameAt(bytes: Buffer | undefined): string | undefined {
  const end = bytes?.indexOf(0) ?? -1;
  return end <= 0 ? undefined : bytes!.toString('latin1', 0, end);
}
