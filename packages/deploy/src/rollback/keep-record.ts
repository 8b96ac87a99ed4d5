import type { DeployReport } from '../report/report.ts';
import type { DeployRecords } from '../state/records/open-records.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { earlierOf } from '../state/records/verified-releases.ts';
import type { RollbackPlan } from './plan.ts';
import type { RollbackRun } from './run.ts';

/**
 * Stores what runs after a rollback that succeeded: the record of the version that it went back to, under its new release.
 * Without that record there's nothing to store.
 */
export async function keepRollbackRecord(
  run: RollbackRun,
  { record }: RollbackPlan,
  { records, known }: { readonly records: DeployRecords; readonly known: readonly DeployRecord[] },
  { outcome }: DeployReport,
): Promise<void> {
  const { rollback, health } = run.seen;
  if (outcome !== 'deployed' || !record || !rollback?.release) return;
  const { who: _who, pipeline: _pipeline, earlier: _earlier, ...version } = record;
  const problem = await records.write({
    ...version,
    ...earlierOf(known, rollback.release.version),
    release: rollback.release.version,
    releaseId: rollback.release.id,
    result: health?.kind === 'healthy' && health.responded ? 'verified' : 'released',
    ...run.request.origin,
    at: new Date().toISOString(),
  });
  if (problem !== undefined) run.warn(`The record of this rollback couldn't be stored: ${problem}`);
}
