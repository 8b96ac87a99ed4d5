import { type Release, shortImageId } from '@tozo/heroku-client';
import type { ReleasedImages } from '../image-release.ts';
import type { DeployRecords } from './open-records.ts';
import { type DeployRecord, isRecordOf, isSuccess } from './record.ts';

/** Returns all records that can be found: those of this machine, and the newest in the registry. */
export async function readAllRecords(records: DeployRecords): Promise<DeployRecord[]> {
  const [here, latest] = await Promise.all([records.list(), records.latest()]);
  return latest && !here.some(({ release, at }) => release === latest.release && at === latest.at)
    ? [latest, ...here]
    : [...here];
}

/**
 * Returns the record that describes what a release runs: its own, or that of another release of the same images. Undefined
 * if there's none.
 * @param images what the release runs
 */
export function matchRecord(
  records: readonly DeployRecord[],
  release: Release,
  images: ReleasedImages,
): DeployRecord | undefined {
  const isOwn = (record: DeployRecord): boolean => isRecordOf(record, release);
  if (images.kind !== 'images') return records.find((record) => isOwn(record) && isSuccess(record));
  const same = records.filter((record) => hasImages(record, images.imageIds));
  return same.find(isOwn) ?? same.find(isSuccess) ?? same[0];
}

function hasImages({ images }: DeployRecord, shortIds: readonly string[]): boolean {
  const recorded = new Set(Object.values(images).map(shortImageId));
  return shortIds.every((id) => recorded.has(id));
}
