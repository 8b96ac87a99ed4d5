import { Secret } from '../secret.ts';

/* Checks the type of each field that this package uses in the API's responses. Undocumented values fail here. */

/** Says what was expected where. Never contains the value found. */
class ShapeError extends Error {
  constructor(path: string, expected: string, found: unknown) {
    super(`${path || 'the response'} should be ${expected}, not ${kindOf(found)}`);
  }
}

/** Reads the fields of one object. */
export class Fields {
  readonly #values: Record<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path = '') {
    if (!isObject(value)) throw new ShapeError(path, 'an object', value);
    this.#values = value;
    this.#path = path;
  }

  string(name: string): string {
    const value = this.#values[name];
    if (typeof value !== 'string') throw this.#unexpected(name, 'a string');
    return value;
  }

  integer(name: string): number {
    const value = this.#values[name];
    if (!Number.isSafeInteger(value)) throw this.#unexpected(name, 'an integer');
    return value as number;
  }

  boolean(name: string): boolean {
    const value = this.#values[name];
    if (typeof value !== 'boolean') throw this.#unexpected(name, 'true or false');
    return value;
  }

  object(name: string): Fields {
    return new Fields(this.#values[name], this.#pathTo(name));
  }

  /** Returns the field as it is; undefined if it's absent. */
  unchecked(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /** Returns null if the field is null or absent. */
  nullable<T>(name: string, read: (fields: Fields) => T): T | null {
    const value = this.#values[name];
    return value === null || value === undefined ? null : read(this);
  }

  #unexpected(name: string, expected: string): ShapeError {
    return new ShapeError(this.#pathTo(name), expected, this.#values[name]);
  }

  #pathTo(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }
}

/** Reads an array of objects. */
export function listOf<T>(read: (fields: Fields) => T): (value: unknown) => T[] {
  return (value) => {
    if (!Array.isArray(value)) throw new ShapeError('', 'an array', value);
    return value.map((item, index) => read(new Fields(item, `[${index}]`)));
  };
}

/** Reads one object. */
export function objectOf<T>(read: (fields: Fields) => T): (value: unknown) => T {
  return (value) => read(new Fields(value));
}

/** Reads an object whose values are strings, as secrets. Skips names that are null, which means not set. */
export function secretsByName(value: unknown): Record<string, Secret> {
  if (!isObject(value)) throw new ShapeError('', 'an object', value);
  const entries = Object.entries(value).filter(([, text]) => text !== null);
  return Object.fromEntries(
    entries.map(([name, text]) => {
      if (typeof text !== 'string') throw new ShapeError(name, 'a string', text);
      return [name, new Secret(text)];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
