import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file of the state folder, mode 0600: readers see the old content or the new one, never a part. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
