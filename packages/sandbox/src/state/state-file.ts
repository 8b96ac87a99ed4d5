import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { makeDirectory } from './make-directory.ts';
import { SandboxError } from '../errors/sandbox-error.ts';

/**
 * Writes a state file, mode 0600, and returns the text written. Readers see the old content or the new, never a part.
 * Throws STATE_UNWRITABLE and keeps the old content if the disk is full or the directory isn't writable.
 */
export function writeJson(path: string, value: unknown): string {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
    return text;
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The error below has the reason.
    }
    throw unwritableError(path, error);
  }
}

/** Creates a directory for state files, mode 0700. Throws STATE_UNWRITABLE. */
export function createStateDirectory(dir: string): void {
  try {
    makeDirectory(dir);
  } catch (error) {
    throw unwritableError(dir, error);
  }
}

/** @param path a state file or directory */
export function unwritableError(path: string, error: unknown): SandboxError {
  const reason = error instanceof Error ? error.message : String(error);
  const advice =
    (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'Free some space' : 'Make the state directory writable';
  return new SandboxError(
    'STATE_UNWRITABLE',
    `${path}: STATE_UNWRITABLE: ${reason}. ${advice}, or set TOZO_SANDBOX_DIR to another directory.`,
    { cause: error },
  );
}

/** Reads a state file. Throws STATE_CORRUPT if it can't be read or isn't JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SandboxError(
      'STATE_CORRUPT',
      `${path}: STATE_CORRUPT: can't read the file as JSON: ${reason}. Remove the state directory.`,
      { cause: error },
    );
  }
}
