import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';

/** Creates a directory of its own in the system's one for temporary files. Throws STATE_UNWRITABLE. */
export function makeTemporaryDirectory(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix));
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw new SandboxError(
      'STATE_UNWRITABLE',
      `${tmpdir()}: STATE_UNWRITABLE: can't create a temporary directory there (${code}). Set TMPDIR to a writable directory.`,
      { cause: error },
    );
  }
}
