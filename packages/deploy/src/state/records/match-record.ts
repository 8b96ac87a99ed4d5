import { type Release, shortImageId } from '@tozo/heroku-client';
import { imagesOf, type Removal } from '../image-release.ts';
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
 * Returns the record that describes what a release runs: its own, or that of another release of the same images, as after a
 * rollback or a change of config vars. Undefined if there's none.
 */
export function matchRecord(
  records: readonly DeployRecord[],
  releases: readonly Release[],
  release: Release,
): DeployRecord | undefined {
  const own = records.find(({ releaseId }) => releaseId === release.id);
  if (own) return own;
  const images = imagesOf(releases, release);
  const isOwn = (record: DeployRecord): boolean => isRecordOf(record, release);
  if (images.kind !== 'images') return records.find((record) => isOwn(record) && isSuccess(record));
  const same = records.filter((record) => hasImages(record, images.imageIds));
  return same.find(isOwn) ?? same.find(isSuccess) ?? same[0];
}

/** Returns which process types deploys have removed. */
export function removalsIn(records: readonly DeployRecord[]): Removal[] {
  return records.flatMap(({ release, removed }) => (removed ? [{ release, types: removed }] : []));
}

function hasImages({ images }: DeployRecord, shortIds: readonly string[]): boolean {
  const recorded = new Set(Object.values(images).map(shortImageId));
  return shortIds.every((id) => recorded.has(id));
}
