import { type Libc, type Needs, readNeeds, type ReadPart } from './elf.ts';

/** The machine code of a file, recognized by its header. */
export interface NativeCode {
  readonly format: 'ELF' | 'Mach-O' | 'PE';
  /** Whether it is for Linux on x86-64. */
  readonly runsOnTarget: boolean;
  /** The C library that it needs there, if any. */
  readonly libc?: Libc;
  /** What else it needs there. */
  readonly needs?: Needs;
  /** For messages: `Mach-O for macOS`, `ELF for aarch64`. */
  readonly description: string;
}

/** The number of leading bytes that {@link nativeCodeOf} reads. */
export const headerSize = 64;

const elfMachines: Readonly<Record<number, string>> = {
  3: 'x86',
  40: 'arm',
  62: 'x86-64',
  183: 'aarch64',
  243: 'riscv',
  22: 's390x',
  21: 'ppc64',
};
const x86_64 = 62;
const machO = new Set([0xfeed_face, 0xfeed_facf, 0xcefa_edfe, 0xcffa_edfe]);
const fatMachO = 0xcafe_babe;
/** A Java class starts with the same four bytes as a universal Mach-O file, followed by a version of 45 or more. */
const maxFatArchitectures = 30;

/**
 * Recognizes machine code by a file's first bytes.
 * @param read returns other parts of the file
 * @see System V ABI, "ELF Header"; PE format; Mach-O loader.h
 */
export function nativeCodeOf(header: Buffer, read: ReadPart = () => undefined): NativeCode | undefined {
  if (header.length >= 20 && header.readUInt32BE(0) === 0x7f45_4c46) {
    const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
    const runsOnTarget = machine === x86_64 && header[4] === 2 && header[5] === 1;
    const needs = runsOnTarget ? readNeeds(read) : undefined;
    const libc = needs?.libc;
    const description = `ELF for ${elfMachines[machine] ?? `machine ${machine}`}`;
    const common = { format: 'ELF', runsOnTarget, ...(needs === undefined ? {} : { needs }) } as const;
    return libc === undefined
      ? { ...common, description }
      : { ...common, libc, description: `${description} and ${libc}` };
  }
  if (header.length < 8) return undefined;
  const magic = header.readUInt32BE(0);
  const isFat = magic === fatMachO && header.readUInt32BE(4) <= maxFatArchitectures;
  if (machO.has(magic) || isFat) return { format: 'Mach-O', runsOnTarget: false, description: 'Mach-O for macOS' };
  if (header.length >= 64 && header.toString('latin1', 0, 2) === 'MZ' && header.readUInt32LE(60) > 0)
    return { format: 'PE', runsOnTarget: false, description: 'PE for Windows' };
  return undefined;
}
