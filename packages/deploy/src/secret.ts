import { inspect } from 'node:util';

const shown = '[REDACTED]';

/** A value that cannot be printed by accident: as text, in JSON and in an inspection it reads `[REDACTED]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only where it leaves for the service it belongs to. */
  reveal(): string {
    return this.#value;
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
 * Makes a function that cuts secrets out of a text, in every form in which one leaks: raw, base64, URL- and JSON-escaped.
 * Values shorter than 6 characters are left alone: cutting them would shred ordinary words.
 */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap((secret) => formsOf(secret.reveal())))].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((cut, form) => cut.replaceAll(form, shown), text);
}

const shortestSecret = 6;

function formsOf(value: string): string[] {
  if (value.length < shortestSecret) return [];
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), ...base64Forms(value)];
}

/** Base64 of a value that stands at any offset in a longer text: the characters that do not depend on its neighbours. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(from, to));
  });
}
