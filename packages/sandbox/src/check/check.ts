import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';

/** Checks a value from outside: returns what is wrong with it, each problem with its path. */
export type Check = (value: unknown, path: string) => string[];

export const one =
  (isValid: (value: unknown) => boolean, wanted: string): Check =>
  (value, path) =>
    isValid(value) ? [] : [`${path} must be ${wanted}`];

export const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');

export const flag: Check = one((value) => typeof value === 'boolean', 'true or false');

export const oneOf = (...choices: readonly unknown[]): Check =>
  one((value) => choices.includes(value), `one of ${choices.join(', ')}`);

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  one(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a number from ${least} to ${most}`,
  );

/** A port to listen on; 0 is any free one. */
export const port: Check = wholeNumber(0, 65_535);

export const list =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
      : [`${path} must be a list`];

/** Checks a list in which no two items may be the same by `keyOf`, which returns undefined for an item without a key. */
export const listOfDifferent =
  (check: Check, keyOf: (item: unknown) => string | undefined, isLike = 'is the same as'): Check =>
  (value, path) => {
    const firsts = new Map<string, number>();
    const repeated = (Array.isArray(value) ? (value as unknown[]) : []).flatMap((item, index) => {
      const key = keyOf(item);
      if (key === undefined) return [];
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, index);
      return first === undefined ? [] : [`${path}[${index}] ${isLike} ${path}[${first}]`];
    });
    return [...list(check)(value, path), ...repeated];
  };

/** Returns a function that identifies an object by some of its fields; undefined if they aren't strings. */
export const keyBy =
  (identify: (fields: Record<string, unknown>) => readonly unknown[]) =>
  (item: unknown): string | undefined => {
    const parts = isRecord(item) ? identify(item) : [undefined];
    return parts.every((part) => typeof part === 'string') ? parts.join('\0') : undefined;
  };

/** Checks an object: unknown fields are refused. A field that is undefined is missing. */
export const object =
  (fields: Readonly<Record<string, Check>>, ...required: readonly string[]): Check =>
  (value, path) => {
    if (!isRecord(value)) return [`${path || 'it'} must be an object`];
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    const given = Object.entries(value).filter(([, item]) => item !== undefined);
    return [
      ...required.filter((key) => !given.some(([name]) => name === key)).map((key) => `${at(key)} is missing`),
      ...given.flatMap(([key, item]) => {
        const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
        return check ? check(item, at(key)) : [`${at(key)} is unknown: use ${Object.keys(fields).join(', ')}`];
      }),
    ];
  };

/** Checks an object's keys, and each of its values. */
export const mapOf =
  (isKey: (key: string) => boolean, wantedKey: string, check: Check): Check =>
  (value, path) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([key, item]) => [
          ...(isKey(key) ? [] : [`${path}.${key} ${wantedKey}`]),
          ...check(item, `${path}.${key}`),
        ])
      : [`${path} must be an object`];

/**
 * Throws OPTION_INVALID with everything that is wrong.
 * @param place what the problems are in, such as a file
 * @param subject what has them, such as `the seed`
 */
export function assertNone(problems: readonly string[], place: string, subject: string): void {
  if (problems.length === 0) return;
  const title = `${place}: OPTION_INVALID: ${subject} ${problems.length} ${problems.length === 1 ? 'error' : 'errors'}:`;
  throw new SandboxError('OPTION_INVALID', [title, ...problems.map((problem) => `  ${problem}`)].join('\n'));
}
