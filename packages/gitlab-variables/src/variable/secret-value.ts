import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const placeholder = '[REDACTED]';

/** A variable's value. Prints as `[REDACTED]`: as a string, in JSON and in `util.inspect`. */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value itself. Call it only to send the value to GitLab. */
  reveal(): string {
    return this.#value;
  }

  equals(other: SecretValue): boolean {
    const [a, b] = [Buffer.from(this.#value, 'utf16le'), Buffer.from(other.#value, 'utf16le')];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}
