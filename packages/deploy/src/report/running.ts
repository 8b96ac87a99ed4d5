import type { DeployRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { acquireLease } from '../state/lease.ts';
import type { Progress } from './progress.ts';
import type { DeployReport } from './report.ts';

/** A deploy, or a rollback, that is running. */
export interface RunningDeploy {
  readonly finished: Promise<DeployReport>;
  /**
   * Returns a report of what is known at this moment, without I/O: for a process that has to end at once.
   * @param reason why the deploy can't be waited for
   */
  reportNow(reason: unknown): DeployReport;
}

/** A deploy, or a rollback, that can report at any moment. */
export interface ReportingRun extends Progress {
  readonly request: Pick<DeployRequest, 'app' | 'environment' | 'target' | 'warnings'>;
  reportNow(reason: unknown): DeployReport;
}

/** Starts the work of a run, alone on this machine, and emits its first and its last event. */
export function startRun(run: ReportingRun, services: Services, work: () => Promise<DeployReport>): RunningDeploy {
  return { finished: runToEnd(run, services, work), reportNow: (reason) => run.reportNow(reason) };
}

async function runToEnd(
  run: ReportingRun,
  services: Services,
  work: () => Promise<DeployReport>,
): Promise<DeployReport> {
  const { app, environment, target, warnings = [] } = run.request;
  run.emit({ type: 'started', app, ...(environment === undefined ? {} : { environment }), target });
  services.onWarning((text) => run.warn(text));
  for (const text of warnings) run.warn(text);
  const report = await workAlone(run, work).catch((error: unknown) => run.reportNow(error));
  run.emit({ type: 'finished', report });
  return report;
}

async function workAlone(
  { request: { app, target } }: ReportingRun,
  work: () => Promise<DeployReport>,
): Promise<DeployReport> {
  await using _lease = await acquireLease(app, target.kind);
  return await work();
}
