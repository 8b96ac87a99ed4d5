/** A C library. Code linked to one doesn't run with the other. */
export type Libc = 'glibc' | 'musl';

/** Returns a part of a file, or undefined when it doesn't exist or isn't available. */
export type ReadPart = (offset: number, length: number) => Buffer | undefined;

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { needed: 1n, strings: 5n, stringsSize: 10n, versions: 0x6fff_fffen };
const headerLength = 64;
const segmentLength = 56;
const maxSegments = 128;
const maxDynamicSize = 64 * 1024;
const maxNameLength = 256;
const maxStringsSize = 4 * 1024 * 1024;
const maxVersions = 1024;
const weak = 2;

/** What 64-bit little-endian code needs of the system that it runs on. */
export interface Needs {
  readonly libc?: Libc;
  /** Whether it is a program with a dynamic loader. */
  readonly hasLoader: boolean;
  /** Needed libraries, such as `libssl.so.3`. */
  readonly libraries: readonly string[];
  /** Needed versions of symbols, such as `GLIBC_2.34`. */
  readonly versions: readonly string[];
  /** The NODE_MODULE_VERSION that an addon registers for, if its symbols say so. Node-API addons have none. */
  readonly nodeAbi?: number;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * Returns what code needs, from its interpreter and its dynamic section. Static programs need nothing.
 * @see System V ABI, "Program Header" and "Dynamic Section"; Linux Standard Base, "Symbol Versioning"
 */
export function readNeeds(read: ReadPart): Needs {
  const segments = readSegments(read);
  const interpreter = segments.find(({ type }) => type === segment.interpreter);
  const named = interpreter && read(interpreter.offset, Math.min(interpreter.size, maxNameLength));
  const dynamic = readDynamic(segments, read);
  const libc = libcOf(named, dynamic.libraries);
  return { ...dynamic, hasLoader: interpreter !== undefined, ...(libc === undefined ? {} : { libc }) };
}

function libcOf(named: Buffer | undefined, needed: readonly string[]): Libc | undefined {
  if (named?.includes('ld-musl-')) return 'musl';
  if (named?.includes('ld-linux-')) return 'glibc';
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

function readDynamic(segments: readonly Segment[], read: ReadPart): Pick<Needs, 'libraries' | 'versions' | 'nodeAbi'> {
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  const section = dynamic && read(dynamic.offset, Math.min(dynamic.size, maxDynamicSize));
  const none = { libraries: [], versions: [] };
  if (section === undefined) return none;
  const needed: number[] = [];
  const values = new Map<bigint, bigint>();
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const value = section.readBigUInt64LE(at + 8);
    if (section.readBigUInt64LE(at) === tag.needed) needed.push(Number(value));
    else values.set(section.readBigUInt64LE(at), value);
  }
  const strings = offsetOf(values.get(tag.strings), segments);
  if (strings === undefined) return none;
  const nameAt = (offset: number) => parseName(read(strings + offset, maxNameLength));
  const size = Math.min(Number(values.get(tag.stringsSize) ?? 0n), maxStringsSize);
  const [, abi] = /node_register_module_v(\d+)\0/.exec(read(strings, size)?.toString('latin1') ?? '') ?? [];
  return {
    libraries: needed.flatMap((offset) => nameAt(offset) ?? []),
    versions: readVersions(offsetOf(values.get(tag.versions), segments), nameAt, read),
    ...(abi === undefined ? {} : { nodeAbi: Number(abi) }),
  };
}

/** Reads the needed versions of each library. Weak ones may be missing. */
function readVersions(
  start: number | undefined,
  nameAt: (offset: number) => string | undefined,
  read: ReadPart,
): string[] {
  const versions: string[] = [];
  for (let at = start, count = 0; at !== undefined && count < maxVersions;) {
    const library = read(at, 16);
    if (library === undefined || library.length < 16) break;
    for (let entry = at + library.readUInt32LE(8), left = library.readUInt16LE(2); left > 0; left--) {
      const version = read(entry, 16);
      if (version === undefined || version.length < 16 || count++ > maxVersions) break;
      const name = (version.readUInt16LE(4) & weak) === 0 ? nameAt(version.readUInt32LE(8)) : undefined;
      if (name !== undefined) versions.push(name);
      entry += version.readUInt32LE(12);
    }
    const next = library.readUInt32LE(12);
    at = next === 0 ? undefined : at + next;
  }
  return versions;
}

/** Converts an address to an offset in the file. */
function offsetOf(address: bigint | undefined, segments: readonly Segment[]): number | undefined {
  if (address === undefined) return undefined;
  const contains = ({ type, address: start, size }: Segment) =>
    type === segment.load && address >= start && address < start + BigInt(size);
  const found = segments.find(contains);
  return found && found.offset + Number(address - found.address);
}

function parseName(bytes: Buffer | undefined): string | undefined {
  const end = bytes?.indexOf(0) ?? -1;
  return end <= 0 ? undefined : bytes!.toString('latin1', 0, end);
}
