import { conclude } from '../outcome/conclude.ts';
import type { End } from '../outcome/conclusion.ts';
import type { Observations, Stopped } from '../outcome/observations.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { DeployRequest } from '../request.ts';
import type { Proof } from '../state/proof.ts';
import type { Emit } from './events.ts';
import { Progress } from './progress.ts';
import { type DeployReport, reportOf } from './report.ts';

/** One deploy: keeps what was planned and observed. */
export class Run extends Progress {
  #request: DeployRequest;
  #plan: DeployPlan | undefined;
  #proof: Proof | undefined;
  #seen: Observations = { before: {}, others: [] };

  constructor(request: DeployRequest, emit: Emit, signal: AbortSignal | undefined) {
    super(emit, signal);
    this.#request = request;
  }

  get request(): DeployRequest {
    return this.#request;
  }

  /** Takes over what the record of an earlier deploy says about the images that are released again. */
  adopt(recorded: Partial<Pick<DeployRequest, 'config' | 'revision'>>): void {
    this.#request = { ...this.#request, ...recorded };
  }

  /** What the images were proven by, if another environment had to. */
  get proof(): Proof | undefined {
    return this.#proof;
  }

  recordProof(proof: Proof): void {
    this.#proof = proof;
  }

  get seen(): Observations {
    return this.#seen;
  }

  /** Goes on after a failed step, to put things in order. A canceled deploy stays canceled. */
  resume(): void {
    const { stopped, ...seen } = this.#seen;
    if (stopped?.kind === 'failed') this.#seen = seen;
  }

  /** Adds to what was observed. */
  note(observed: Partial<Observations>): void {
    this.#seen = { ...this.#seen, ...observed };
  }

  recordPlan(plan: DeployPlan): void {
    this.#plan = plan;
    this.emit({ type: 'planned', plan });
    for (const text of plan.warnings) this.warn(text);
  }

  /** Returns the report of a deploy that ends so. */
  report(end: End): DeployReport {
    const report = reportOf(end, {
      request: this.request,
      plan: this.#plan,
      seen: this.#seen,
      warnings: this.warnings,
      seconds: this.seconds,
    });
    return this.#plan && end.outcome === 'planned' ? { ...report, plan: this.#plan } : report;
  }

  /** Returns a report of what is known at this moment, for a deploy that stops without another look at the releases. */
  reportNow(error: unknown): DeployReport {
    const known = this.#seen.stopped;
    const stopped = known && !this.signal?.aborted ? known : this.stopped(error, known?.looked ?? false);
    if (!this.#plan) return this.report(endBeforePlan(this.request.app, stopped));
    const conclusion = conclude(this.#plan, { ...this.#seen, stopped });
    return this.report(conclusion.kind === 'end' ? conclusion.end : endBeforePlan(this.request.app, stopped));
  }
}

function endBeforePlan(app: string, { kind, code, message }: Stopped): End {
  if (code === 'OUTDATED')
    return { outcome: 'outdated', text: `OUTDATED ${app}: ${message}`, error: { code, message } };
  return kind === 'cancelled'
    ? {
        outcome: 'cancelled',
        text: `CANCELLED ${app}: nothing was changed`,
        error: { code, message: 'nothing was changed' },
      }
    : { outcome: 'failed', text: `FAILED ${app}: nothing was changed: ${message}`, error: { code, message } };
}
