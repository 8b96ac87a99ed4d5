import type { Secret } from '../secret.ts';
import { Automaton } from './automaton.ts';
import { formsOf } from './forms.ts';

/** Removes secrets from text, in every form in which they leak. */
export interface Redactor {
  /** Returns a complete text with `[REDACTED]` in place of secrets. */
  readonly redact: (text: string) => string;
  /** Starts a text that comes in pieces. A secret may be split over them. */
  readonly stream: () => RedactedStream;
}

export interface RedactedStream {
  /** Returns what is certain by now. Keeps back only an end that a secret may start with. */
  write(chunk: string): string;
  /** Returns the rest. */
  end(): string;
}

export interface RedactorOptions {
  /** Shorter secrets are kept, because redacting them would shred ordinary words. Default 6 characters. */
  readonly shortest?: number;
}

const shown = '[REDACTED]';

/**
 * Creates a redactor, which knows secrets as they are, in base64 and base64url within any text, in hexadecimal, escaped for
 * URLs, forms, JSON, JSON in JSON and HTML, and the lines of those with several lines. Secrets that overlap or touch are
 * redacted together. Its time is linear in the text's length.
 */
export function createRedactor(secrets: readonly Secret[], { shortest = 6 }: RedactorOptions = {}): Redactor {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal(), shortest)));
  if (forms.size === 0) return { redact: (text) => text, stream: () => ({ write: (chunk) => chunk, end: () => '' }) };
  const automaton = new Automaton([...forms]);
  const stream = (): RedactedStream => new AutomatonStream(automaton);
  return {
    redact(text) {
      const whole = stream();
      return whole.write(text) + whole.end();
    },
    stream,
  };
}

/** From its first to before its last code unit, in what is pending. */
interface Range {
  start: number;
  readonly end: number;
}

class AutomatonStream implements RedactedStream {
  readonly #automaton: Automaton;
  #state = 0;
  /** Text that isn't returned yet. */
  #pending = '';
  /** The secrets in it, in order, none of them touching. */
  #found: Range[] = [];
  /** Whether it follows `[REDACTED]` directly: a secret at its start is part of that. */
  #isAfterSecret = false;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  write(chunk: string): string {
    const automaton = this.#automaton;
    const { longest } = automaton;
    const offset = this.#pending.length + 1;
    let state = this.#state;
    for (let at = 0; at < chunk.length; at += 1) {
      state = automaton.next(state, chunk.charCodeAt(at));
      const length = longest[state]!;
      if (length > 0) this.#add(offset + at - length, offset + at);
    }
    this.#state = state;
    this.#pending += chunk;
    return this.#release(this.#pending.length - automaton.depth[state]!);
  }

  end(): string {
    const rest = this.#release(this.#pending.length);
    this.#state = 0;
    this.#isAfterSecret = false;
    return rest;
  }

  /** Ends only grow, so a secret can touch the last ones only. */
  #add(start: number, end: number): void {
    const range = { start, end };
    for (let last = this.#found.at(-1); last && last.end >= range.start; last = this.#found.at(-1)) {
      range.start = Math.min(range.start, last.start);
      this.#found.pop();
    }
    this.#found.push(range);
  }

  /** Returns what is pending before `end`, and `[REDACTED]` for a secret that starts there. */
  #release(end: number): string {
    const text = this.#pending;
    let released = '';
    let at = 0;
    for (const range of this.#found) {
      if (range.start > end) break;
      const continues = this.#isAfterSecret && range.start === at;
      released += text.slice(at, range.start) + (continues ? '' : shown);
      at = Math.min(range.end, end);
      this.#isAfterSecret = true;
    }
    if (at < end) {
      released += text.slice(at, end);
      this.#isAfterSecret = false;
    }
    this.#pending = text.slice(end);
    this.#found = this.#found
      .filter((range) => range.end > end)
      .map((range) => ({ start: Math.max(0, range.start - end), end: range.end - end }));
    return released;
  }
}
