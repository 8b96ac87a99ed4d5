import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import type { Fault, FaultEffect } from './fault.ts';

/** Returns what the value must be, or undefined if it is valid. */
type Check = (value: unknown) => string | undefined;
interface Field {
  readonly check: Check;
  readonly isOptional: boolean;
}
type Fields = Readonly<Record<string, Field>>;

const must = (isValid: (value: unknown) => boolean, what: string): Check => {
  return (value) => (isValid(value) ? undefined : what);
};
const isInteger = (value: unknown, min: number): boolean => Number.isSafeInteger(value) && Number(value) >= min;
const integerFrom = (min: number): Check => must((value) => isInteger(value, min), `an integer of at least ${min}`);
const oneOf = (...values: readonly unknown[]): Check =>
  must((value) => values.includes(value), `one of ${values.join(', ')}`);
const text = must((value) => typeof value === 'string', 'a string');
const above0 = must(
  (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  'a number greater than 0',
);
const status = must((value) => isInteger(value, 200) && Number(value) <= 599, 'a status code from 200 to 599');
const method = must((value) => typeof value === 'string' && /^[A-Z]+$/.test(value), 'an uppercase method, such as PUT');
const times = must((value) => value === 'every' || isInteger(value, 1), 'an integer of at least 1, or "every"');
const pattern = must((value) => typeof value === 'string' && isPattern(value), 'a regular expression, as a string');
const imageId = must((value) => /^sha256:[0-9a-f]{64}$/.test(String(value)), 'an image ID, sha256: and 64 hex digits');
const base64 = must((value) => typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value), 'base64');
const headers = (mayRemove: boolean): Check =>
  must(
    (value) => isRecord(value) && Object.entries(value).every(([name, given]) => isHeader(name, given, mayRemove)),
    `an object of header values, each a string${mayRemove ? ' or null' : ''}`,
  );
const replacement = must(
  (value) =>
    isRecord(value) &&
    Object.keys(value).toSorted().join() === 'by,text' &&
    typeof value['by'] === 'string' &&
    typeof value['text'] === 'string' &&
    value['text'] !== '',
  '{ "text": "…", "by": "…" }',
);

const required = (check: Check): Field => ({ check, isOptional: false });
const optional = (check: Check): Field => ({ check, isOptional: true });
const bodyChanges: Fields = {
  replace: optional(replacement),
  mergeJson: optional(must((value) => isRecord(value) && Object.keys(value).length > 0, 'an object with fields')),
  rewriteJson: optional(oneOf(true)),
  flipByte: optional(integerFrom(0)),
  keepBytes: optional(integerFrom(0)),
};
const stall: Fields = { afterBytes: required(integerFrom(0)), ms: optional(integerFrom(0)) };

const trigger: Fields = {
  service: required(oneOf('heroku', 'registry', 'hub', 'gitlab')),
  method: optional(method),
  path: optional(pattern),
  nth: optional(integerFrom(1)),
  times: optional(times),
};

const effects: Readonly<Record<FaultEffect['kind'], Fields>> = {
  answer: {
    status: required(status),
    headers: optional(headers(false)),
    body: optional(text),
    bodyBase64: optional(base64),
    repeat: optional(
      must((value) => value === 'forever' || isInteger(value, 1), 'an integer of at least 1, or "forever"'),
    ),
  },
  'alter-request': { headers: optional(headers(true)), ...bodyChanges },
  'alter-answer': { status: optional(status), headers: optional(headers(true)), ...bodyChanges },
  'reset-request': { afterBytes: required(integerFrom(0)) },
  'reset-answer': { afterBytes: required(integerFrom(0)) },
  stall: { ms: optional(integerFrom(0)) },
  'stall-request': stall,
  'stall-answer': stall,
  'drip-request': { bytesPerSecond: required(above0) },
  'drip-answer': { bytesPerSecond: required(above0) },
  'expired-token': {},
  'other-release': {
    app: optional(text),
    image: optional(imageId),
    type: optional(text),
    when: optional(oneOf('before', 'after')),
    status: optional(oneOf('succeeded', 'failed', 'pending')),
  },
  'hold-release': {
    app: optional(text),
    reads: optional(integerFrom(0)),
    outcome: required(oneOf('succeeded', 'failed', 'expired')),
  },
  'retire-releases': { app: optional(text), keep: required(integerFrom(0)) },
};

/** Parses a fault from outside. Throws OPTION_INVALID with all problems and the known fields. */
export function parseFault(value: unknown): Fault {
  if (!isRecord(value) || !isRecord(value['on']) || !isRecord(value['effect'])) {
    throw faultError(['a fault has the form { "on": { "service": …, … }, "effect": { "kind": …, … } }']);
  }
  const { on, effect, ...rest } = value;
  const { kind, ...fields } = effect;
  const known = Object.entries(effects).find(([name]) => name === kind)?.[1];
  const problems = [
    ...Object.keys(rest).map((name) => `unknown field ${name} (a fault has on and effect)`),
    ...fieldProblems('on', on, trigger),
    ...(known
      ? fieldProblems('effect', fields, known)
      : [`effect.kind must be one of ${Object.keys(effects).join(', ')}`]),
    ...(String(kind).startsWith('alter-') && Object.keys(fields).length === 0 ? ['effect must change something'] : []),
  ];
  if (problems.length > 0) throw faultError(problems);
  return structuredClone(value) as unknown as Fault;
}

function fieldProblems(place: string, given: Readonly<Record<string, unknown>>, fields: Fields): string[] {
  const names = Object.keys(fields);
  const known = names.length === 0 ? 'there are no others' : `known: ${names.join(', ')}`;
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const wrong = Object.entries(fields).flatMap(([name, { check, isOptional }]) => {
    if (given[name] === undefined && isOptional) return [];
    const what = check(given[name]);
    return what === undefined ? [] : [`${place}.${name} must be ${what}`];
  });
  return [...unknown.map((name) => `unknown field ${place}.${name} (${known})`), ...wrong];
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function isHeader(name: string, value: unknown, mayRemove: boolean): boolean {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return false;
  return typeof value === 'string' ? /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u.test(value) : mayRemove && value === null;
}

function faultError(problems: readonly string[]): SandboxError {
  return new SandboxError('OPTION_INVALID', `fault: OPTION_INVALID: ${problems.join('; ')}.`);
}
