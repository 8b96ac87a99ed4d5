import type { Release } from '@tozo/heroku-client';
import { now } from '../clock.ts';
import { DeployError } from '../errors.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { PublishedBytes } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import type { CurrentState } from '../state/current-state.ts';
import type { Emit, StepName } from './events.ts';
import type { DeployOutcome, DeployReport } from './report.ts';

/** One deploy: times its steps, collects what happened, and creates the report. */
export class Run {
  readonly request: DeployRequest;
  readonly emit: Emit;
  readonly signal: AbortSignal | undefined;
  readonly #started = now();
  #known: Partial<DeployReport> = {};
  #previousRelease: number | undefined;

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
      return result;
    } catch (error) {
      const reason = this.signal?.aborted ? 'cancelled' : firstLine((error as Error).message);
      this.emit({ type: 'step-failed', step, reason, seconds: now() - started });
      throw error;
    }
  }

  warn(text: string): void {
    this.#known = { ...this.#known, warnings: [...(this.#known.warnings ?? []), text] };
    this.emit({ type: 'warning', text });
  }

  recordPlan(plan: DeployPlan, current: CurrentState): void {
    this.emit({ type: 'planned', plan });
    for (const text of plan.warnings) if (!this.#known.warnings?.includes(text)) this.warn(text);
    const imageId = plan.images[0]?.imageId;
    this.#previousRelease = current.release?.version;
    this.#known = {
      ...this.#known,
      builder: plan.build.builder,
      standInBase: plan.build.base?.standIn ?? false,
      ...(imageId ? { imageId } : {}),
      ...(current.app.webUrl ? { url: current.app.webUrl } : {}),
      ...(current.release ? { runningRelease: current.release.version } : {}),
    };
  }

  recordPush({ sentBytes, reusedBytes }: PublishedBytes): void {
    this.#known = { ...this.#known, sentBytes, reusedBytes };
  }

  /** Records a release of this deploy, which runs now. */
  recordRelease({ version }: Release): void {
    this.#known = { ...this.#known, release: this.#known.release ?? version, runningRelease: version };
  }

  recordVerification(versionProven: boolean): void {
    this.#known = { ...this.#known, versionProven };
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
      ...this.#known,
      ...extra,
      seconds: now() - this.#started,
    };
  }

  reportFailure(error: unknown): DeployReport {
    const { app } = this.request;
    const { release } = this.#known;
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
    const version = this.#known.runningRelease ?? this.#previousRelease;
    return version === undefined ? '' : `${separator}v${version} is still running`;
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
