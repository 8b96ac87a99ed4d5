import { closeSync, openSync, readSync } from 'node:fs';
import type { ContextItem } from '../context/entries.ts';
import { unreadableError } from '../context/errors.ts';
import { instructionUnsupportedError } from '../dockerfile/errors.ts';

const magics = ['1f8b', '425a68', 'fd377a585a00', '28b52ffd'].map((hex) => Buffer.from(hex, 'hex'));
const ustarOffset = 257;

/**
 * Rejects archives, which ADD would extract. ADD recognizes them by content, not by name.
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, FILE_UNREADABLE
 */
export function assertNotArchive({ absolute, path }: ContextItem, line: number): void {
  const header = readHeader(absolute, path);
  const isArchive =
    magics.some((magic) => header.subarray(0, magic.length).equals(magic)) ||
    header.toString('latin1', ustarOffset, ustarOffset + 5) === 'ustar';
  if (isArchive)
    throw instructionUnsupportedError([{ line, instruction: `ADD ${path}`, reason: "it doesn't extract archives" }]);
}

function readHeader(absolute: string, path: string): Buffer {
  const header = Buffer.alloc(512);
  try {
    const descriptor = openSync(absolute, 'r');
    try {
      return header.subarray(0, readSync(descriptor, header));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadableError(path, error);
  }
}
