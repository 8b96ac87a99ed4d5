import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const shown = '[REDACTED]';

/** A variable's value. As text, in JSON and in an inspection it reads `[REDACTED]`. */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only where it leaves for GitLab. */
  reveal(): string {
    return this.#value;
  }

  equals(other: SecretValue): boolean {
    const [a, b] = [Buffer.from(this.#value, 'utf16le'), Buffer.from(other.#value, 'utf16le')];
    return a.length === b.length && timingSafeEqual(a, b);
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
