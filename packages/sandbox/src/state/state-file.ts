import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SandboxError } from '../errors/sandbox-error.ts';

/**
 * Writes a file of the state folder, mode 0600: readers see the old content or the new one, never a part. Throws
 * STATE_UNWRITABLE, the old content kept, when the folder is full or not writable. Gives what it wrote.
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
      // What could not be written cannot always be removed; the error below says why.
    }
    throw unwritable(path, error);
  }
}

/** Makes a folder of the state folder, mode 0700. Throws STATE_UNWRITABLE. */
export function makeStateFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** `path` is a file or a folder of the sandbox's state. */
export function unwritable(path: string, error: unknown): SandboxError {
  const reason = error instanceof Error ? error.message : String(error);
  const advice =
    (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'Free some space' : 'Make the state folder writable';
  return new SandboxError(
    'STATE_UNWRITABLE',
    `${path}: STATE_UNWRITABLE: ${reason}. ${advice}, or name another folder with TOZO_SANDBOX_DIR.`,
    { cause: error },
  );
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
