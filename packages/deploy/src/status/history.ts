import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { imagesOf } from '../state/image-release.ts';
import { type DeployRecord, isRecordOf } from '../state/records/record.ts';

/** What one release was. */
export interface HistoryEntry {
  readonly version: number;
  readonly status: string;
  readonly current: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly user: string | null;
  readonly description: string;
  readonly kind: 'deploy' | 'rollback' | 'config' | 'other';
  /** In words: what it changed, and for a deploy of tozo, its commit. */
  readonly what: string;
  /** Short IDs of the images that it runs; empty if no release names them. */
  readonly images: readonly string[];
  readonly commit?: string;
  /** Whether there's a record of it: then tozo made it. */
  readonly recorded: boolean;
  /** Whether `tozo rollback` can go back to it. */
  readonly canGoBack: boolean;
}

/**
 * Describes releases, newest first.
 * @param records of this machine and of the registry
 */
export function describeHistory(releases: readonly Release[], records: readonly DeployRecord[]): HistoryEntry[] {
  return releases.map((release) => describeRelease(release, releases, records));
}

export function describeRelease(
  release: Release,
  releases: readonly Release[],
  records: readonly DeployRecord[],
): HistoryEntry {
  const { version, status, current, createdAt, user, description, eligibleForRollback } = release;
  const record = records.find((candidate) => isRecordOf(candidate, release));
  const images = imagesOf(releases, release);
  const found = parseReleaseDescription(description);
  const kind = kindOf(found.kind);
  const target = found.kind === 'rollback' ? found.version : undefined;
  const commit = kind === 'deploy' || kind === 'rollback' ? record?.commit : undefined;
  return {
    version,
    status,
    current,
    createdAt,
    user,
    description,
    kind,
    what: [
      target === undefined ? description || 'no description' : `rollback to v${target}`,
      ...(commit ? [`commit ${commit.slice(0, 12)}`] : []),
      ...(record?.result === 'rolled-back' ? ['unhealthy, rolled back'] : []),
      ...(record?.result === 'failed' ? ['failed or unhealthy'] : []),
    ].join(', '),
    images: images.kind === 'images' ? images.imageIds : [],
    ...(commit ? { commit } : {}),
    recorded: record !== undefined,
    canGoBack: !current && status === 'succeeded' && eligibleForRollback !== false && images.kind !== 'none',
  };
}

function kindOf(kind: ReturnType<typeof parseReleaseDescription>['kind']): HistoryEntry['kind'] {
  switch (kind) {
    case 'deploy':
    case 'promotion':
      return 'deploy';
    case 'rollback':
      return 'rollback';
    case 'change':
      return 'config';
    case 'unknown':
      return 'other';
  }
}
