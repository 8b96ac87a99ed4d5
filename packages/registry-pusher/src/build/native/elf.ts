/** A C library. Code linked to one doesn't run with the other. */
export type Libc = 'glibc' | 'musl';

/** Returns a part of a file, or undefined when it doesn't exist or isn't available. */
export type ReadPart = (offset: number, length: number) => Buffer | undefined;

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { needed: 1n, strings: 5n };
const headerLength = 64;
const segmentLength = 56;
const maxSegments = 128;
const maxDynamicSize = 64 * 1024;
const maxNameLength = 256;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * Returns the C library that 64-bit little-endian code needs, from its interpreter or its needed libraries. Static programs
 * need none. @see System V ABI, "Program Header" and "Dynamic Section"
 */
export function libcOf(read: ReadPart): Libc | undefined {
  const segments = readSegments(read);
  const interpreter = segments.find(({ type }) => type === segment.interpreter);
  const named = interpreter && read(interpreter.offset, Math.min(interpreter.size, maxNameLength));
  if (named?.includes('ld-musl-')) return 'musl';
  if (named?.includes('ld-linux-')) return 'glibc';
  const needed = readNeeded(segments, read);
  // musl calls itself libc.so; Alpine calls it libc.musl-x86_64.so.1.
  if (needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'))) return 'musl';
  return needed.some((name) => name === 'libc.so.6' || name.startsWith('ld-linux-')) ? 'glibc' : undefined;
}

function readSegments(read: ReadPart): Segment[] {
  const header = read(0, headerLength);
  if (header === undefined || header.length < headerLength) return [];
  const count = Math.min(header.readUInt16LE(56), maxSegments);
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

/** Returns the names of the needed libraries in the dynamic section. */
function readNeeded(segments: readonly Segment[], read: ReadPart): string[] {
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  const section = dynamic && read(dynamic.offset, Math.min(dynamic.size, maxDynamicSize));
  if (section === undefined) return [];
  const needed: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const value = section.readBigUInt64LE(at + 8);
    if (section.readBigUInt64LE(at) === tag.needed) needed.push(Number(value));
    if (section.readBigUInt64LE(at) === tag.strings) strings = offsetOf(value, segments);
  }
  if (strings === undefined) return [];
  return needed.flatMap((offset) => parseName(read(strings + offset, maxNameLength)) ?? []);
}

/** Converts an address to an offset in the file. */
function offsetOf(address: bigint, segments: readonly Segment[]): number | undefined {
  const contains = ({ type, address: start, size }: Segment) =>
    type === segment.load && address >= start && address < start + BigInt(size);
  const found = segments.find(contains);
  return found && found.offset + Number(address - found.address);
}

function parseName(bytes: Buffer | undefined): string | undefined {
  const end = bytes?.indexOf(0) ?? -1;
  return end <= 0 ? undefined : bytes!.toString('latin1', 0, end);
}
