import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SandboxError } from './errors.ts';

/** Writes a file of the state folder, mode 0600: readers see the old content or the new one, never a part. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Reads a file of the state folder. Throws STATE_CORRUPT when it is not JSON or cannot be read. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SandboxError('STATE_CORRUPT', `${path}: STATE_CORRUPT: not readable as JSON. Remove the state folder.`, {
      cause: error,
    });
  }
}
