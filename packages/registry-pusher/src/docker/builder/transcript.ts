import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { lineOfStep } from './step-line.ts';
import type { StatusMessage } from '../session/status-message.ts';

export interface TranscriptOptions {
  /** Called with each line that a build prints. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Where a step that fails is looked up. */
  readonly dockerfile?: Dockerfile | undefined;
  /** Values that no line may show. */
  readonly secrets?: readonly string[];
}

/** A step that failed: what is known of it, and the last lines that it printed. */
export interface FailedStep {
  readonly name?: string;
  /** 1-based line of the Dockerfile. */
  readonly line?: number;
  readonly output: readonly string[];
}

const remembered = 20;
/** What an engine says of its own containers and names, which are gone when the build ends. */
const isBookkeeping = /^ ---> |^Removing intermediate container |^Successfully (?:built|tagged) /;
const nowhere = '';

/** A build's steps and what they print, as whole lines; keeps the last ones of each step. */
export class Transcript {
  readonly #options: TranscriptOptions;
  readonly #hidden: readonly string[];
  readonly #names = new Map<string, string>();
  readonly #errors = new Map<string, string>();
  readonly #recent = new Map<string, string[]>();
  readonly #unfinished = new Map<string, string>();
  #current = nowhere;

  constructor(options: TranscriptOptions = {}) {
    this.#options = options;
    this.#hidden = hiddenTexts(options.secrets ?? []);
  }

  /** The step that failed for this reason. A cache that cannot be read is a step that fails, and no reason to end a build. */
  failed(reason: string): FailedStep {
    this.end();
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

  /** Output of the classic builder: `Step 2/5 : RUN …`, then what it prints. */
  classic(text: string): void {
    const [, step] = /^Step \d+\/\d+ : (.*)/.exec(text) ?? [];
    if (step !== undefined) {
      this.#current = text.trim();
      this.#names.set(this.#current, step.trim());
      this.#tell(text.trim());
    } else if (!isBookkeeping.test(text) && (text.trim() !== '' || this.#recent.has(this.#current)))
      this.#print(this.#current, text);
  }

  status({ vertexes, logs }: StatusMessage): void {
    for (const { digest, name, started, completed, cached, error } of vertexes) {
      if (started && !this.#names.has(digest)) {
        this.#names.set(digest, name);
        if (isInteresting(name)) this.#tell(name);
      }
      if (completed && cached && isInteresting(name)) this.#tell(`${name}: cached`);
      if (error !== '') this.#errors.set(digest, error);
    }
    for (const { vertex, text } of logs) this.#print(vertex, text);
  }

  /** Says something that is not a step's. */
  note(line: string): void {
    this.#tell(line);
  }

  /** Tells what was printed without an end of line. */
  end(): void {
    for (const [step, rest] of this.#unfinished) if (rest !== '') this.#output(step, rest);
    this.#unfinished.clear();
  }

  /** A text without the values that nobody may see. */
  hide(text: string): string {
    return this.#hidden.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }

  #print(step: string, text: string): void {
    const lines = ((this.#unfinished.get(step) ?? '') + text).split(/\r?\n|\r/);
    this.#unfinished.set(step, lines.pop()!);
    for (const line of lines) this.#output(step, line);
  }

  #output(step: string, line: string): void {
    this.#tell(line);
    if (line.trim() === '') return;
    const recent = [...(this.#recent.get(step) ?? []), this.hide(line)].slice(-remembered);
    this.#recent.set(step, recent);
  }

  #tell(line: string): void {
    this.#options.onLog?.(this.hide(line));
  }
}

const shortest = 4;

/** Lines are hidden one by one, so a secret of several lines is several; the longest go first, for one may hold another. */
function hiddenTexts(secrets: readonly string[]): string[] {
  const texts = secrets.flatMap((secret) => secret.split(/\r?\n/)).map((line) => line.trim());
  return [...new Set(texts)].filter((text) => text.length >= shortest).sort((a, b) => b.length - a.length);
}

/** Steps that bring the context into the engine are of no interest. */
function isInteresting(name: string): boolean {
  return !name.startsWith('[internal]') && name !== 'copy /context /';
}
