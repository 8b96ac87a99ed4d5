import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../state-file.ts';
import type { AppRecord } from './model.ts';

/** The apps on disk, a file each. A save is visible whole or not at all, and done before it returns. */
export class AppStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  load(): AppRecord[] {
    return readdirSync(this.#dir)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readJson(join(this.#dir, name)) as AppRecord)
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.name.localeCompare(b.name));
  }

  save(record: AppRecord): void {
    writeJson(this.#file(record), record);
  }

  remove(record: AppRecord): void {
    rmSync(this.#file(record), { force: true });
  }

  #file(record: AppRecord): string {
    return join(this.#dir, `${record.id}.json`);
  }
}
