import type * as z from 'zod';
import { InfrastructureError } from '../errors.ts';

const kinds: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  record: 'an object',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'an integer',
};

/** Checks options by their schema. `problem` begins the message. @throws InfrastructureError OPTIONS_INVALID, with all problems at once, each with its path */
export function parseWith<T>(schema: () => z.ZodType<T>, options: unknown, problem: string): T {
  const parsed = schema().safeParse(options);
  if (parsed.success) return parsed.data;
  const lines = describeIssues(parsed.error, options);
  throw new InfrastructureError('OPTIONS_INVALID', `${problem}:\n${lines.join('\n')}`);
}

/** Returns one line for each problem, `  PATH: what is wrong`. @param value what was checked */
function describeIssues({ issues }: z.ZodError, value: unknown, whole = 'options'): string[] {
  return issues.flatMap((issue) => describeIssue(issue, value, whole));
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown, whole: string): string[] {
  const path = issue.path.join('.');
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `  ${at(key)}: unknown option`);
    case 'invalid_value':
      return [`  ${path}: must be one of ${issue.values.join(', ')}`];
    case 'invalid_type': {
      const missing = valueAt(value, issue.path) === undefined;
      return [`  ${path || whole}: ${missing ? 'is required' : `must be ${kinds[issue.expected] ?? issue.expected}`}`];
    }
    default:
      return [`  ${path || whole}: ${issue.message}`];
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
