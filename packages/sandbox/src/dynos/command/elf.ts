import { open } from 'node:fs/promises';

/** What an executable file needs to run. */
export type Executable =
  | { readonly kind: 'elf'; readonly machine: number; readonly interpreter: string | undefined }
  | { readonly kind: 'script'; readonly interpreter: string; readonly argument: string | undefined }
  | { readonly kind: 'other' };

/** ELF's number for x86-64. */
export const amd64 = 62;

const headSize = 4096;
const interpreterHeader = 3;

/** Reads the start of a file: an ELF header with its PT_INTERP (System V ABI, 64-bit little-endian), or a script's first line. */
export async function inspectExecutable(path: string): Promise<Executable> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.subarray(0, 2).toString('latin1') === '#!') return parseScript(head);
    const isElf = head.length >= 64 && head.subarray(0, 6).equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
    if (!isElf) return { kind: 'other' };
    return { kind: 'elf', machine: head.readUInt16LE(18), interpreter: interpreterOf(head) };
  } finally {
    await file.close();
  }
}

function parseScript(head: Buffer): Executable {
  const line = head.subarray(2).toString('utf8').split('\n', 1)[0]?.trim() ?? '';
  const [, interpreter = '', argument] = /^(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
  return { kind: 'script', interpreter, argument };
}

/** Linkers put the program headers and the interpreter's name right after the ELF header. */
function interpreterOf(head: Buffer): string | undefined {
  const start = Number(head.readBigUInt64LE(32));
  const entrySize = head.readUInt16LE(54);
  for (let index = 0; index < head.readUInt16LE(56); index++) {
    const at = start + index * entrySize;
    if (at + 56 > head.length) return undefined;
    if (head.readUInt32LE(at) !== interpreterHeader) continue;
    const offset = Number(head.readBigUInt64LE(at + 8));
    const size = Number(head.readBigUInt64LE(at + 32));
    if (offset + size <= head.length) return head.toString('latin1', offset, offset + size - 1);
  }
  return undefined;
}
