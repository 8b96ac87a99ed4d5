import { SandboxError } from '../errors/sandbox-error.ts';
import { GitlabError } from '../gitlab/errors.ts';
import type { Variable } from '../gitlab/model.ts';
import { createdVariable } from '../gitlab/variable-rules.ts';
import { stackNames } from '../heroku/api/catalog.ts';
import { appNamePattern } from '../heroku/apps/platform.ts';
import { isRecord } from '../http/exchange.ts';
import { parseTime } from '../time/sandbox-time.ts';

/** What a sandbox contains from the start. What exists already stays as it is. */
export interface Seed {
  /** The time at the first start, in ISO format; the option `time` wins. */
  readonly time?: string;
  readonly apps?: readonly SeedApp[];
  readonly projects?: readonly SeedProject[];
}

export interface SeedApp {
  readonly name: string;
  /** Default: `container`. */
  readonly stack?: string;
  readonly maintenance?: boolean;
  readonly configVars?: Readonly<Record<string, string>>;
}

export interface SeedProject {
  /** `group/name` */
  readonly path: string;
  /** CI/CD variables, as GitLab's API creates them. */
  readonly variables?: readonly SeedVariable[];
}

export type SeedVariable = Pick<Variable, 'key' | 'value'> & Partial<Omit<Variable, 'hidden'>>;

/** A field's check: returns what is wrong with its value. */
type Check = (value: unknown, path: string) => string[];

const one =
  (isValid: (value: unknown) => boolean, wanted: string): Check =>
  (value, path) =>
    isValid(value) ? [] : [`${path} must be ${wanted}`];

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');

const list =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
      : [`${path} must be a list`];

/** Checks an object: the first of its fields is required, unknown ones are refused. */
const object =
  (fields: Readonly<Record<string, Check>>, required?: string): Check =>
  (value, path) => {
    if (!isRecord(value)) return [`${path || 'the seed'} must be an object`];
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    return [
      ...(required !== undefined && !Object.hasOwn(value, required) ? [`${at(required)} is missing`] : []),
      ...Object.entries(value).flatMap(([key, item]) => {
        const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
        return check ? check(item, at(key)) : [`${at(key)} is unknown: use ${Object.keys(fields).join(', ')}`];
      }),
    ];
  };

const configVars: Check = (value, path) =>
  isRecord(value)
    ? Object.entries(value).flatMap(([key, item]) => [
        ...(/^\w+$/.test(key) ? [] : [`${path}.${key} may only contain letters, digits and underscores`]),
        ...(isText(item) ? [] : [`${path}.${key} must be a string without NUL`]),
      ])
    : [`${path} must be an object`];

const variable: Check = (value, path) => {
  if (!isRecord(value)) return [`${path} must be an object`];
  try {
    createdVariable(value);
    return [];
  } catch (error) {
    if (error instanceof GitlabError)
      return [`${path}: ${JSON.stringify(error.body['message'] ?? error.body['error'])}`];
    throw error;
  }
};

const time: Check = (value, path) => {
  try {
    parseTime(String(value));
    return [];
  } catch {
    return [`${path} must be a time, such as 2027-01-31T12:00:00Z`];
  }
};

const checkSeed = object({
  time,
  apps: list(
    object(
      {
        name: one((value) => isText(value) && appNamePattern.test(value), 'an app name: 3 to 30 of a-z, 0-9 and -'),
        stack: one((value) => stackNames.some((name) => name === value), `one of ${stackNames.join(', ')}`),
        maintenance: one((value) => typeof value === 'boolean', 'true or false'),
        configVars,
      },
      'name',
    ),
  ),
  projects: list(
    object(
      {
        path: one((value) => isText(value) && /^[\w.-]+(\/[\w.-]+)+$/.test(value), 'a path, group/name'),
        variables: list(variable),
      },
      'path',
    ),
  ),
});

/**
 * Returns a valid seed.
 * @param place what the value is from, for errors
 * @throws SandboxError OPTION_INVALID with everything that is wrong
 */
export function parseSeed(value: unknown, place: string): Seed {
  const problems = checkSeed(value, '');
  if (problems.length === 0) return value as Seed;
  const title = `${place}: OPTION_INVALID: the seed has ${problems.length} ${problems.length === 1 ? 'error' : 'errors'}:`;
  throw new SandboxError('OPTION_INVALID', [title, ...problems.map((problem) => `  ${problem}`)].join('\n'));
}
