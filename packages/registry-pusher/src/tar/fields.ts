import { decodeName } from './names.ts';

/** The error for an archive that can't be read, or that readers understand differently. */
export function invalidTarError(reason: string): Error {
  return new Error(reason);
}

/** Reads a name up to its NUL. */
export function readName(field: Buffer): string {
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
}

/**
 * Reads a number of a header: octal digits between spaces and NULs, or GNU's base-256 for large ones. Empty means 0.
 * @throws Error for anything else, a negative number, or one beyond 2^53
 */
export function readNumber(field: Buffer, what: string): number {
  if ((field[0]! & 0x80) !== 0) return readBase256(field, what);
  const text = field.toString('latin1');
  const [, digits] = /^[ \0]*([0-7]*) *(?:\0|$)/.exec(text) ?? [];
  if (digits === undefined || (digits === '' && !/^[ \0]*$/.test(text)))
    throw invalidTarError(`its ${what} is ${JSON.stringify(text)}, which isn't a number`);
  return digits === '' ? 0 : assertSafe(Number.parseInt(digits, 8), what);
}

function readBase256(field: Buffer, what: string): number {
  if ((field[0]! & 0x40) !== 0) throw invalidTarError(`its ${what} is negative`);
  return field.subarray(1).reduce((value, byte) => assertSafe(value * 256 + byte, what), field[0]! & 0x3f);
}

/** Reads a decimal number of a PAX record. */
export function readDecimal(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw invalidTarError(`its ${what} is ${JSON.stringify(text)}, which isn't a number`);
  return assertSafe(Number(text), what);
}

function assertSafe(value: number, what: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw invalidTarError(`its ${what} is larger than 2^53`);
}
