import type { Release } from '@tozo/heroku-client';
import { now } from '../clock.ts';
import type { CurrentState } from '../state/current-state.ts';
import { DeployError } from '../errors.ts';
import type { Emit, StepName } from './events.ts';
import type { DeployPlan } from '../plan.ts';
import type { DeployOutcome, DeployReport } from './report.ts';
import type { DeployRequest } from '../request.ts';

/** One deploy: times its steps, collects what happened, and creates the report. */
export class Run {
  readonly request: DeployRequest;
  readonly emit: Emit;
  readonly signal: AbortSignal | undefined;
  readonly #started = now();
  #facts: Partial<DeployReport> = {};
  #before: number | undefined;

  constructor(request: DeployRequest, emit: Emit, signal: AbortSignal | undefined) {
    this.request = request;
    this.emit = emit;
    this.signal = signal;
  }

  /** The signal as the options of a call. */
  get options(): { signal?: AbortSignal } {
    return this.signal ? { signal: this.signal } : {};
  }

  /**
   * Runs one step and emits its start, its end, its seconds and its one-line summary. Throws without starting it once the
   * deploy is cancelled.
   * @param failure returns why a result means failure, if it does
   */
  async step<T>(
    step: StepName,
    work: () => Promise<T>,
    summary: (result: T) => string,
    failure: (result: T) => string | undefined = () => undefined,
  ): Promise<T> {
    this.signal?.throwIfAborted();
    const started = now();
    this.emit({ type: 'step-started', step });
    try {
      const result = await work();
      const reason = failure(result);
      const seconds = now() - started;
      this.emit(
        reason === undefined
          ? { type: 'step-finished', step, summary: summary(result), seconds }
          : { type: 'step-failed', step, reason, seconds },
      );
      return result;
    } catch (error) {
      const reason = this.signal?.aborted ? 'cancelled' : firstLine((error as Error).message);
      this.emit({ type: 'step-failed', step, reason, seconds: now() - started });
      throw error;
    }
  }

  warn(text: string): void {
    this.#facts = { ...this.#facts, warnings: [...(this.#facts.warnings ?? []), text] };
    this.emit({ type: 'warning', text });
  }

  planned(plan: DeployPlan, current: CurrentState): void {
    this.emit({ type: 'planned', plan });
    for (const text of plan.warnings) if (!this.#facts.warnings?.includes(text)) this.warn(text);
    const imageId = plan.images[0]?.imageId;
    this.#before = current.release?.version;
    this.#facts = {
      ...this.#facts,
      builder: plan.build.builder,
      standInBase: plan.build.base?.standIn ?? false,
      ...(imageId ? { imageId } : {}),
      ...(current.app.webUrl ? { url: current.app.webUrl } : {}),
      ...(current.release ? { runningRelease: current.release.version } : {}),
    };
  }

  pushed({ sentBytes, reusedBytes }: { sentBytes: number; reusedBytes: number }): void {
    this.#facts = { ...this.#facts, sentBytes, reusedBytes };
  }

  /** Records that a release of this deploy took over. */
  released({ version }: Release): void {
    this.#facts = { ...this.#facts, release: this.#facts.release ?? version, runningRelease: version };
  }

  verified(versionProven: boolean): void {
    this.#facts = { ...this.#facts, versionProven };
  }

  report(outcome: DeployOutcome, text: string, extra: Partial<DeployReport> = {}): DeployReport {
    return {
      outcome,
      app: this.request.app,
      target: this.request.target.kind,
      text: this.request.target.kind === 'sandbox' ? `${text}  (sandbox)` : text,
      sentBytes: 0,
      reusedBytes: 0,
      versionProven: false,
      warnings: [],
      ...this.#facts,
      ...extra,
      seconds: now() - this.#started,
    };
  }

  failure(error: unknown): DeployReport {
    const { app } = this.request;
    const { release } = this.#facts;
    const message = error instanceof Error ? error.message : String(error);
    const code = this.signal?.aborted ? 'CANCELLED' : codeOf(error);
    const details = { error: { code, message } };
    if (code === 'CANCELLED') {
      const end =
        release === undefined
          ? `nothing was released${this.#stillRunning('; ')}`
          : `v${release} is released but not verified. Deploy again to verify it`;
      return this.report('cancelled', `CANCELLED ${app}: ${end}`, { error: { code, message: end } });
    }
    if (code === 'SUPERSEDED') return this.report('superseded', `SUPERSEDED ${message}`, details);
    if (release !== undefined && code !== 'RELEASE_FAILED') {
      return this.report('broken', `UNKNOWN whether v${release} of ${app} is healthy: ${message}`, details);
    }
    return this.report('failed', `FAILED ${app}${this.#stillRunning(': ')}: ${message}`, details);
  }

  finish(report: DeployReport): DeployReport {
    this.emit({ type: 'finished', report });
    return report;
  }

  #stillRunning(separator: string): string {
    const version = this.#facts.runningRelease ?? this.#before;
    return version === undefined ? '' : `${separator}v${version} still runs`;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DeployError) return error.code;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'UNEXPECTED';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
