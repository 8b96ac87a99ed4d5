import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from '../state-file.ts';
import { type DeployRecord, formatRecord, parseRecord } from './record.ts';

const maxRecords = 50;

/** Returns an app's records in a directory, the newest release first. */
export async function readLocalRecords(directory: string, app: string): Promise<DeployRecord[]> {
  const records = await Promise.all((await recordFiles(directory)).map(readRecord));
  return records.filter((record) => record?.app === app) as DeployRecord[];

  async function readRecord(file: string): Promise<DeployRecord | undefined> {
    return parseRecord(await readStateFile(join(directory, file)));
  }
}

/** Stores a record, and removes the oldest ones beyond the 50 newest. */
export async function writeLocalRecord(directory: string, record: DeployRecord): Promise<void> {
  await writeStateFile(join(directory, `v${record.release}.json`), formatRecord(record));
  const outdated = (await recordFiles(directory)).slice(maxRecords);
  await Promise.all(outdated.map((file) => rm(join(directory, file), { force: true })));
}

/** Returns the names of the records' files, the highest version first. */
async function recordFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => /^v\d+\.json$/.test(name));
  return files.toSorted((a, b) => versionOf(b) - versionOf(a));
}

function versionOf(file: string): number {
  return Number.parseInt(file.slice(1), 10);
}
