import { inspect } from 'node:util';

const shown = '[REDACTED]';

/** A value that can't be printed by accident: as a string, in JSON and when inspected it reads `[REDACTED]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value. Call it only where the value leaves for the service it belongs to. */
  reveal(): string {
    return this.#value;
  }

  equals(other: Secret | undefined): boolean {
    return other !== undefined && this.#value === other.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/**
 * Returns a function that removes secrets from text, in every form in which they leak: raw, base64, URL-encoded and
 * JSON-escaped.
 * @param shortest shorter secrets are kept, because redacting them would shred ordinary words
 */
export function redactor(secrets: readonly Secret[], shortest = 6): (text: string) => string {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= shortest);
  const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((redacted, form) => redacted.replaceAll(form, shown), text);
}

function formsOf(value: string): string[] {
  const encoded = encodeURIComponent(Buffer.from(value).toString()); // a lone surrogate would throw
  return [value, JSON.stringify(value).slice(1, -1), encoded, ...base64Forms(value)];
}

/** Base64 of a value at any offset in a longer text: the characters that don't depend on its neighbors. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(from, to));
  });
}
