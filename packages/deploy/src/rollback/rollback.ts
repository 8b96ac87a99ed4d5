import type { Emit } from '../report/events.ts';
import type { DeployReport } from '../report/report.ts';
import type { RunningDeploy } from '../report/running.ts';
import type { Services } from '../services.ts';
import { acquireLease } from '../state/lease.ts';
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
  return { finished: runRollback(run, services), reportNow: (reason) => run.reportNow(reason) };
}

async function runRollback(run: RollbackRun, services: Services): Promise<DeployReport> {
  const { request, emit } = run;
  emit({ type: 'started', app: request.app, target: request.target });
  services.onWarning((text) => run.warn(text));
  services.onWarning((text) => run.warn(text));
  for (const text of request.warnings ?? []) run.warn(text);
  try {
    await using _lease = await acquireLease(request.app, request.target.kind);
    return run.finish(await planAndCarryOut(run, services));
  } catch (error) {
    return run.finish(run.reportNow(error));
  }
}

async function planAndCarryOut(run: RollbackRun, services: Services): Promise<DeployReport> {
  const { request } = run;
  const records = openRecords({
    app: request.app,
    target: request.target.kind,
    registry: { publisher: services.images.publisher, types: request.types },
    ...run.options,
  });
  const { plan, releases, formation } = await gatherRollback(run, request, services, records);
  run.begin(plan, releases);
  if (isAlreadyThere(plan)) run.noteFormation(plan, formation);
  else {
    for (const text of plan.warnings) run.warn(text);
    if (request.confirm && !(await request.confirm(plan))) {
      return run.report({ outcome: 'cancelled', text: `CANCELLED ${plan.app}: nothing was rolled back` });
    }
  }
  const report = run.report(await carryOutRollback(run, plan, services));
  await keepRollbackRecord(run, plan, records, report);
  return report;
}
