import type { ImagePublisher } from '../../ports.ts';
import { type DeployRecord, formatRecord, parseRecord } from './record.ts';

/*
 * Where a registry takes other tags than `latest`, an image without content has the record in a label. It's the only store
 * that every runner can read with nothing but the key.
 */

const label = 'tozo.record';
const newestTag = 'tozo-record';
const rolledBackTag = 'tozo-rolled-back';

/** A repository of an app, and how to reach it. */
export interface RecordRepository {
  readonly publisher: ImagePublisher;
  /** Such as `shop/web`. */
  readonly repository: string;
}

/** Reads the record of the newest successful deploy, or of a commit's. */
export async function readRegistryRecord(
  { publisher, repository }: RecordRepository,
  commit: string | undefined,
  signal: AbortSignal,
): Promise<DeployRecord | undefined> {
  const labels = await publisher.readLabels(repository, commit ? commitTag(commit) : newestTag, { signal });
  return parseRecord(labels?.[label]);
}

/** Reads the record of the newest deploy that was unhealthy and was rolled back. */
export async function readRolledBackRecord(
  { publisher, repository }: RecordRepository,
  signal: AbortSignal,
): Promise<DeployRecord | undefined> {
  const labels = await publisher.readLabels(repository, rolledBackTag, { signal });
  return parseRecord(labels?.[label]);
}

/** Stores the record of a successful deploy as the newest, and under its commit. One that was rolled back has its own tag. */
export async function writeRegistryRecord(
  { publisher, repository }: RecordRepository,
  record: DeployRecord,
  signal: AbortSignal,
): Promise<void> {
  const commitTags = record.commit ? [commitTag(record.commit)] : [];
  const tags: readonly [string, ...string[]] =
    record.result === 'rolled-back' ? [rolledBackTag] : [newestTag, ...commitTags];
  await publisher.publishLabels(repository, tags, { [label]: formatRecord(record) }, { signal });
}

function commitTag(commit: string): string {
  return `tozo-${commit}`;
}
