import { now } from '../clock.ts';
import { DeployError } from '../errors.ts';
import { conclude } from '../outcome/conclude.ts';
import type { End } from '../outcome/conclusion.ts';
import type { Observations, Stopped } from '../outcome/observations.ts';
import type { StepName } from '../outcome/step-name.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { DeployRequest } from '../request.ts';
import type { Emit } from './events.ts';
import { type DeployReport, reportOf } from './report.ts';

/** One deploy: times its steps, emits its events, and keeps what was planned and observed. */
export class Run {
  readonly request: DeployRequest;
  readonly emit: Emit;
  readonly signal: AbortSignal | undefined;
  readonly #started = now();
  readonly #warnings: string[] = [];
  #step: StepName | undefined;
  #plan: DeployPlan | undefined;
  #seen: Observations = { before: {}, others: [] };

  constructor(request: DeployRequest, emit: Emit, signal: AbortSignal | undefined) {
    this.request = request;
    this.emit = emit;
    this.signal = signal;
  }

  /** The signal as the options of a call. */
  get options(): { signal?: AbortSignal } {
    return this.signal ? { signal: this.signal } : {};
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

  /**
   * Runs one step and emits its start, its end, its seconds and its one-line summary. Throws without starting it once the
   * deploy is canceled.
   * @param failureOf returns why a result means failure, if it does
   */
  async step<T>(
    step: StepName,
    work: () => Promise<T>,
    summary: (result: T) => string,
    failureOf: (result: T) => string | undefined = () => undefined,
  ): Promise<T> {
    this.signal?.throwIfAborted();
    const started = now();
    this.#step = step;
    this.emit({ type: 'step-started', step });
    try {
      const result = await work();
      const reason = failureOf(result);
      const seconds = now() - started;
      this.emit(
        reason === undefined
          ? { type: 'step-finished', step, summary: summary(result), seconds }
          : { type: 'step-failed', step, reason, seconds },
      );
      this.#step = undefined;
      return result;
    } catch (error) {
      const reason = this.signal?.aborted ? 'canceled' : firstLine((error as Error).message);
      this.emit({ type: 'step-failed', step, reason, seconds: now() - started });
      throw error;
    }
  }

  /** Warns once about the same thing. */
  warn(text: string): void {
    if (this.#warnings.includes(text)) return;
    this.#warnings.push(text);
    this.emit({ type: 'warning', text });
  }

  recordPlan(plan: DeployPlan): void {
    this.#plan = plan;
    this.emit({ type: 'planned', plan });
    for (const text of plan.warnings) this.warn(text);
  }

  /** Describes why the deploy stops, after an error or a signal. */
  stopped(error: unknown, looked: boolean): Stopped {
    const isCancelled = this.signal?.aborted === true;
    return {
      kind: isCancelled ? 'cancelled' : 'failed',
      ...(this.#step ? { during: this.#step } : {}),
      code: isCancelled ? 'CANCELLED' : codeOf(error),
      message: error instanceof Error ? error.message : String(error),
      looked,
    };
  }

  /** Returns the report of a deploy that ends so. */
  report(end: End): DeployReport {
    return reportOf(end, {
      request: this.request,
      plan: this.#plan,
      seen: this.#seen,
      warnings: this.#warnings,
      seconds: now() - this.#started,
    });
  }

  /** Returns a report of what is known at this moment, for a deploy that stops without another look at the releases. */
  reportNow(error: unknown): DeployReport {
    const stopped = this.#seen.stopped ?? this.stopped(error, false);
    if (!this.#plan) return this.report(endBeforePlan(this.request.app, stopped));
    const conclusion = conclude(this.#plan, { ...this.#seen, stopped });
    return this.report(conclusion.kind === 'end' ? conclusion.end : endBeforePlan(this.request.app, stopped));
  }

  finish(report: DeployReport): DeployReport {
    this.emit({ type: 'finished', report });
    return report;
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

function codeOf(error: unknown): string {
  if (error instanceof DeployError) return error.code;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'UNEXPECTED';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
