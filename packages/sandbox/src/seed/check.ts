import { isRecord } from '../http/exchange.ts';

/** A field's check: returns what is wrong with its value. */
export type Check = (value: unknown, path: string) => string[];

export const one =
  (isValid: (value: unknown) => boolean, wanted: string): Check =>
  (value, path) =>
    isValid(value) ? [] : [`${path} must be ${wanted}`];

export const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');

export const list =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
      : [`${path} must be a list`];

/** Checks an object: unknown fields are refused. */
export const object =
  (fields: Readonly<Record<string, Check>>, ...required: readonly string[]): Check =>
  (value, path) => {
    if (!isRecord(value)) return [`${path || 'the seed'} must be an object`];
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    return [
      ...required.filter((key) => !Object.hasOwn(value, key)).map((key) => `${at(key)} is missing`),
      ...Object.entries(value).flatMap(([key, item]) => {
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
