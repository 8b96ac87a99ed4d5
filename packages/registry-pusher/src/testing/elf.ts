/** The fields of an ELF file. */
export interface ElfContent {
  readonly machine?: number;
  readonly bits?: 1 | 2;
  /** The dynamic loader of an executable. */
  readonly interpreter?: string;
  /** Required libraries. Empty for a static program. */
  readonly needed?: readonly string[];
  /** Needed versions of symbols, such as `GLIBC_2.34`. */
  readonly versions?: readonly string[];
  /** Other names in the string table, such as `node_register_module_v115`. */
  readonly symbols?: readonly string[];
}

const tableAt = 64;
const interpreterAt = 512;
const stringsAt = 1024;
const dynamicAt = 4096;
const versionsAt = 6144;
/** The load address. */
const base = 0x400000n;

/** Writes the parts of an ELF file that identify its machine and C library. */
export function elfFile({
  machine = 62,
  bits = 2,
  interpreter = '',
  needed = [],
  versions = [],
  symbols = [],
}: ElfContent = {}): Buffer {
  const file = Buffer.alloc(8192);
  file.write('\x7fELF', 'latin1');
  file[4] = bits;
  file[5] = 1;
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(BigInt(tableAt), 32);
  const names = writeStrings(file, [...needed, ...versions, ...symbols]);
  writeVersions(file, names.slice(needed.length, needed.length + versions.length));
  const dynamic = [
    ...names.slice(0, needed.length).map((offset) => [1, BigInt(offset)] as const),
    [5, base + BigInt(stringsAt)] as const,
    [10, BigInt(dynamicAt - stringsAt)] as const,
    ...(versions.length === 0 ? [] : [[0x6fff_fffe, base + BigInt(versionsAt)] as const]),
  ];
  const segments = [
    segment(1, 0, file.length),
    ...(interpreter === '' ? [] : [segment(3, interpreterAt, file.write(`${interpreter}\0`, interpreterAt))]),
    ...(needed.length + symbols.length === 0 ? [] : [segment(2, dynamicAt, dynamic.length * 16)]),
  ];
  file.writeUInt16LE(segments.length, 56);
  for (const [index, each] of segments.entries()) each.copy(file, tableAt + index * each.length);
  for (const [index, [tag, value]] of dynamic.entries()) {
    file.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16);
    file.writeBigUInt64LE(value, dynamicAt + index * 16 + 8);
  }
  return file;
}

/** Writes one library with its needed versions. */
function writeVersions(file: Buffer, names: readonly number[]): void {
  file.writeUInt16LE(1, versionsAt);
  file.writeUInt16LE(names.length, versionsAt + 2);
  file.writeUInt32LE(16, versionsAt + 8);
  for (const [index, name] of names.entries()) {
    const at = versionsAt + 16 * (index + 1);
    file.writeUInt32LE(name, at + 8);
    file.writeUInt32LE(index + 1 === names.length ? 0 : 16, at + 12);
  }
}

/** Writes a string table and returns the offset of each name. */
function writeStrings(file: Buffer, names: readonly string[]): number[] {
  let at = 1;
  return names.map((name) => {
    const start = at;
    at += file.write(`${name}\0`, stringsAt + at);
    return start;
  });
}

function segment(type: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(type);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(base + BigInt(offset), 16);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  return bytes;
}
