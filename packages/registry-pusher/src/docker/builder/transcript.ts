import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { textsToRedact } from '../../files/build-secrets.ts';
import { lineOfStep } from './step-line.ts';
import type { StatusMessage } from '../session/status-message.ts';

export interface TranscriptOptions {
  /** Called with each line of output. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Maps a failed step to its line. */
  readonly dockerfile?: Dockerfile | undefined;
  /** Values to redact. */
  readonly secrets?: readonly string[];
}

/** A failed step with the last lines of its output. */
export interface FailedStep {
  readonly name?: string;
  /** 1-based line of the Dockerfile. */
  readonly line?: number;
  readonly output: readonly string[];
}

const keptLines = 20;
/** Lines about temporary containers and names. */
const isBookkeeping = /^ ---> |^Removing intermediate container |^Successfully (?:built|tagged) /;
const noStep = '';

/** Logs a build's steps and output as whole lines, and keeps the last lines of each step. */
export class Transcript {
  readonly #options: TranscriptOptions;
  readonly #redacted: readonly string[];
  readonly #names = new Map<string, string>();
  readonly #errors = new Map<string, string>();
  readonly #recent = new Map<string, string[]>();
  readonly #unfinished = new Map<string, string>();
  #current = noStep;

  constructor(options: TranscriptOptions = {}) {
    this.#options = options;
    this.#redacted = textsToRedact(options.secrets ?? []);
  }

  /** Returns the step that failed for this reason. Other steps may fail without ending the build, such as reading a cache. */
  failedStep(reason: string): FailedStep {
    this.flush();
    const errors = [...this.#errors];
    const [step] = errors.find(([, error]) => reason.includes(error)) ?? errors.at(-1) ?? [this.#current];
    const name = this.#names.get(step);
    const line = name && this.#options.dockerfile && lineOfStep(this.#options.dockerfile, name);
    return {
      ...(name === undefined ? {} : { name }),
      ...(line ? { line } : {}),
      output: this.#recent.get(step) ?? [],
    };
  }

  /** Adds output of the classic builder: `Step 2/5 : RUN …` and the output of the step. */
  addText(text: string): void {
    const [, step] = /^Step \d+\/\d+ : (.*)/.exec(text) ?? [];
    if (step !== undefined) {
      this.#current = text.trim();
      this.#names.set(this.#current, step.trim());
      this.#log(text.trim());
    } else if (!isBookkeeping.test(text) && (text.trim() !== '' || this.#recent.has(this.#current)))
      this.#print(this.#current, text);
  }

  /** Adds BuildKit's progress. */
  addStatus({ vertexes, logs }: StatusMessage): void {
    for (const { digest, name, started, completed, cached, error } of vertexes) {
      if (started && !this.#names.has(digest)) {
        this.#names.set(digest, name);
        if (isShown(name)) this.#log(name);
      }
      if (completed && cached && isShown(name)) this.#log(`${name}: cached`);
      if (error !== '') this.#errors.set(digest, error);
    }
    for (const { vertex, text } of logs) this.#print(vertex, text);
  }

  /** Logs a line outside any step. */
  note(line: string): void {
    this.#log(line);
  }

  /** Logs output without a trailing newline. */
  flush(): void {
    for (const [step, rest] of this.#unfinished) if (rest !== '') this.#output(step, rest);
    this.#unfinished.clear();
  }

  redact(text: string): string {
    return this.#redacted.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }

  #print(step: string, text: string): void {
    const lines = ((this.#unfinished.get(step) ?? '') + text).split(/\r?\n|\r/);
    this.#unfinished.set(step, lines.pop()!);
    for (const line of lines) this.#output(step, line);
  }

  #output(step: string, line: string): void {
    this.#log(line);
    if (line.trim() === '') return;
    const recent = [...(this.#recent.get(step) ?? []), this.redact(line)].slice(-keptLines);
    this.#recent.set(step, recent);
  }

  #log(line: string): void {
    this.#options.onLog?.(this.redact(line));
  }
}

/** Hides the steps that load the context. */
function isShown(name: string): boolean {
  return !name.startsWith('[internal]') && name !== 'copy /context /';
}
