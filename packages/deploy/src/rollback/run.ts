import type { ProcessType, Release } from '@tozo/heroku-client';
import type { End } from '../outcome/conclusion.ts';
import type { Emit } from '../report/events.ts';
import { Progress } from '../report/progress.ts';
import { type DeployReport, type ReportedPlan, reportOf } from '../report/report.ts';
import { concludeRollback, endBeforeRollback } from './conclude.ts';
import { findMissingDynos, missingDynosWarning } from '../steps/missing-dynos.ts';
import type { RollbackPlan } from './plan.ts';
import type { RollbackRequest } from './request.ts';
import { observe, type RollbackSeen } from './seen.ts';

/** One rollback: keeps what was planned and observed. */
export class RollbackRun extends Progress {
  readonly request: RollbackRequest;
  #plan: RollbackPlan | undefined;
  #seen: RollbackSeen = { before: {}, others: [] };

  constructor(request: RollbackRequest, emit: Emit, signal: AbortSignal | undefined) {
    super(emit, signal);
    this.request = request;
  }

  get seen(): RollbackSeen {
    return this.#seen;
  }

  /** @param releases those that the plan was made from, newest first */
  begin(plan: RollbackPlan, releases: readonly Release[]): void {
    this.#plan = plan;
    const newest = releases[0];
    const current = releases.find((release) => release.current);
    this.#seen = { ...this.#seen, before: { ...(newest ? { newest } : {}), ...(current ? { current } : {}) } };
    this.observe(releases);
  }

  /** Adds to what was observed. */
  note(observed: Partial<RollbackSeen>): void {
    this.#seen = { ...this.#seen, ...observed };
  }

  /** Adds the app's dyno counts, as just read, and warns of those that the target had and that are 0 now. */
  noteFormation({ app, target, dynos }: RollbackPlan, formation: readonly ProcessType[]): void {
    const missing = findMissingDynos(dynos, formation);
    this.note({ missing });
    for (const each of missing) this.warn(missingDynosWarning(app, target.version, each));
  }

  /** Adds the app's releases, as just read. */
  observe(releases: readonly Release[]): void {
    if (this.#plan) this.#seen = observe(this.#plan, this.#seen, releases);
  }

  /** Returns the report of a rollback that ends so. */
  report(end: End): DeployReport {
    const { health, ...seen } = this.#seen;
    const { version } = seen.current ?? {};
    return reportOf(end, {
      request: this.request,
      plan: this.#plan && reportedPlan(this.#plan),
      seen: health && version !== undefined ? { ...seen, health: { ...health, version } } : seen,
      warnings: this.warnings,
      seconds: this.seconds,
    });
  }

  /** Returns a report of what is known at this moment, without another look at the releases. */
  reportNow(error: unknown): DeployReport {
    const stopped = this.#seen.stopped ?? this.stopped(error, false);
    const conclusion = this.#plan && concludeRollback(this.#plan, { ...this.#seen, stopped });
    return this.report(conclusion?.kind === 'end' ? conclusion.end : endBeforeRollback(this.request.app, stopped));
  }
}

function reportedPlan({ url, images, record, target }: RollbackPlan): ReportedPlan {
  const known = { ...record?.images, ...images };
  const imageId = known['web'] ?? Object.values(known)[0];
  return { ...(url ? { url } : {}), rollbackTarget: target, images: imageId ? [{ imageId }] : [] };
}
