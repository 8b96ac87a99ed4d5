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
