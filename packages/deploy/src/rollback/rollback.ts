import type { Emit } from '../report/events.ts';
import type { DeployReport } from '../report/report.ts';
import { type RunningDeploy, startRun } from '../report/running.ts';
import type { Services } from '../services.ts';
import { warnOfFailedOthers } from '../outcome/failed-others.ts';
import { openRecords } from '../state/records/open-records.ts';
import { carryOutRollback } from './carry-out.ts';
import { gatherRollback } from './gather.ts';
import { keepRollbackRecord } from './keep-record.ts';
import { isAlreadyThere } from './plan.ts';
import type { RollbackRequest } from './request.ts';
import { RollbackRun } from './run.ts';

/**
 * Rolls an app back, once, and verifies the version that it went back to. Emits everything that happens. Never throws: a
 * rollback that fails, is refused or is canceled has a report that says so.
 */
export function startRollback(
  request: RollbackRequest,
  services: Services,
  emit: Emit,
  signal?: AbortSignal,
): RunningDeploy {
  const run = new RollbackRun(request, emit, signal);
  return startRun(run, services, () => planAndCarryOut(run, services));
}

async function planAndCarryOut(run: RollbackRun, services: Services): Promise<DeployReport> {
  const { request } = run;
  const records = openRecords({
    app: request.app,
    target: request.target.kind,
    registry: { publisher: services.images.publisher, types: request.types },
    ...run.options,
  });
  const { plan, releases, formation, known } = await gatherRollback(run, request, services, records);
  run.begin(plan, releases);
  if (isAlreadyThere(plan)) run.noteFormation(plan, formation);
  else {
    for (const text of plan.warnings) run.warn(text);
    if (request.confirm && !(await request.confirm(plan))) {
      return run.report({ outcome: 'cancelled', text: `CANCELLED ${plan.app}: nothing was rolled back` });
    }
  }
  const end = await carryOutRollback(run, plan, services);
  for (const text of warnOfFailedOthers(run.seen, 'during this rollback')) run.warn(text);
  const report = run.report(end);
  await keepRollbackRecord(run, plan, { records, known }, report);
  return report;
}
