import type { Release } from '@tozo/heroku-client';
import { imagesOf } from '../state/image-release.ts';
import { matchRecord } from '../state/records/match-record.ts';
import { type DeployRecord, isRecordOf } from '../state/records/record.ts';
import { verifiedReleases } from '../state/records/verified-releases.ts';

/** What records say about a release: it was verified, it was unhealthy, or neither. */
export type KnownHealth = 'verified' | 'unhealthy' | 'unknown';

/**
 * Returns a function that says what records know of a release's health. A release of the images of a verified one counts as
 * verified, unless its own deploy found otherwise.
 */
export function healthByRecords(
  records: readonly DeployRecord[],
  releases: readonly Release[],
): (release: Release) => KnownHealth {
  const verified = verifiedReleases(records);
  const isVerified = (release: Release): boolean => verified.some((each) => isRecordOf(each, release));
  return (release) => {
    const result = matchRecord(records, releases, release)?.result;
    if (result === 'rolled-back' || result === 'failed') return 'unhealthy';
    if (result === 'verified' || isVerified(release)) return 'verified';
    const images = imagesOf(releases, release);
    return images.kind === 'images' && isVerified(images.release) ? 'verified' : 'unknown';
  };
}
