import type { ImagePublisher } from '../../ports.ts';
import { type DeployRecord, formatRecord, parseRecord } from './record.ts';

/*
 * Where a registry takes other tags than `latest`, an image without content has the record in a label. It's the only store
 * that every runner can read with nothing but the key.
 */

const label = 'tozo.record';
const newestTag = 'tozo-record';

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

/** Stores the record of a successful deploy as the newest, and under its commit. */
export async function writeRegistryRecord(
  { publisher, repository }: RecordRepository,
  record: DeployRecord,
  signal: AbortSignal,
): Promise<void> {
  const tags = record.commit ? [commitTag(record.commit)] : [];
  await publisher.publishLabels(repository, [newestTag, ...tags], { [label]: formatRecord(record) }, { signal });
}

function commitTag(commit: string): string {
  return `tozo-${commit}`;
}
