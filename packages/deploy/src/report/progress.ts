import { now } from '../clock.ts';
import { DeployError } from '../errors.ts';
import type { Stopped } from '../outcome/observations.ts';
import type { StepName } from '../outcome/step-name.ts';
import type { Emit } from './events.ts';

/** Times steps, emits their events, and collects warnings. */
export class Progress {
  readonly emit: Emit;
  readonly signal: AbortSignal | undefined;
  readonly #started = now();
  readonly #warnings: string[] = [];
  #step: StepName | undefined;

  constructor(emit: Emit, signal: AbortSignal | undefined) {
    this.emit = emit;
    this.signal = signal;
  }

  /** The signal as the options of a call. */
  get options(): { signal?: AbortSignal } {
    return this.signal ? { signal: this.signal } : {};
  }

  /** Seconds since the start. */
  get seconds(): number {
    return now() - this.#started;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
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
}

function codeOf(error: unknown): string {
  if (error instanceof DeployError) return error.code;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'UNEXPECTED';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
