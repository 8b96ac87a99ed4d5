import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createStateDirectory, readJson, writeJson } from '../../state/state-file.ts';
import { type AppRecord, repositoryOf } from './model.ts';

/** The apps, stored on disk as one file each. A save is atomic, and complete when it returns. */
export class AppStore {
  readonly #dir: string;
  /** The stored JSON by the app's ID. */
  readonly #saved = new Map<string, string>();

  constructor(dir: string) {
    this.#dir = dir;
    createStateDirectory(dir);
  }

  load(): AppRecord[] {
    const records = readdirSync(this.#dir)
      .filter((name) => name.endsWith('.json'))
      .map((name) => withOwnRepositories(readJson(join(this.#dir, name)) as AppRecord))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.name.localeCompare(b.name));
    for (const record of records) this.#saved.set(record.id, JSON.stringify(record));
    return records;
  }

  /** Saves the record. If it throws, the record is as last saved. */
  save(record: AppRecord): void {
    try {
      this.#saved.set(record.id, writeJson(this.#file(record), record));
    } catch (error) {
      const saved = this.#saved.get(record.id);
      if (saved !== undefined) restore(record, JSON.parse(saved) as AppRecord);
      throw error;
    }
  }

  remove(record: AppRecord): void {
    rmSync(this.#file(record), { force: true });
    this.#saved.delete(record.id);
  }

  #file(record: AppRecord): string {
    return join(this.#dir, `${record.id}.json`);
  }
}

/** Keeps the releases' identity, because a running release phase references one. */
function restore(record: AppRecord, saved: AppRecord): void {
  const known = new Map(record.releases.map((release) => [release.id, release]));
  const releases = saved.releases.map((release) => Object.assign(known.get(release.id) ?? release, release));
  Object.assign(record, saved, { releases });
}

/** Renames the repositories in releases of an earlier version, which had the app's name. */
function withOwnRepositories(record: AppRecord): AppRecord {
  for (const release of record.releases) {
    const images = Object.entries(release.snapshot.images).map(([type, image]) => {
      const repository = repositoryOf(record, image.repository.slice(image.repository.indexOf('/') + 1));
      return [type, { ...image, repository }] as const;
    });
    release.snapshot = { ...release.snapshot, images: Object.fromEntries(images) };
  }
  return record;
}
