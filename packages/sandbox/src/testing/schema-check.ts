import { readFileSync } from 'node:fs';

/** The part of JSON hyper-schema that Heroku's published schema uses. */
interface Schema {
  readonly type?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  /** Heroku's extension: all properties are required, and no others allowed. */
  readonly strictProperties?: boolean;
}

/** The definitions in the published schema that the sandbox uses, with references resolved and descriptions removed. */
const definitions = JSON.parse(readFileSync(new URL('heroku-schema.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Schema>
>;

/** The definition of each published call's response, in brackets for a list; path parameters are `{}`. */
export const publishedCalls = JSON.parse(
  readFileSync(new URL('heroku-links.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

const formats: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  email: /^[^@\s]+@[^@\s]+$/,
  uri: /^https?:\/\/\S+$/,
};

/** Returns a request's published call, such as `GET /apps/{}`, or undefined. */
export function publishedCallOf(method: string, path: string): string | undefined {
  const segments = path.split('/');
  return Object.keys(publishedCalls).find((call) => {
    const [verb, pattern = ''] = call.split(' ');
    const parts = pattern.split('/');
    return (
      verb === method &&
      parts.length === segments.length &&
      parts.every((part, index) => part === '{}' || part === segments[index])
    );
  });
}

/** Returns where and how a response violates its call's schema. */
export function schemaProblems(call: string, value: unknown): string[] {
  const published = publishedCalls[call] ?? '';
  const [, item] = /^\[(.+)\]$/.exec(published) ?? [];
  const schema = definitions[item ?? published];
  if (!schema) return [`${call} is not published`];
  if (item === undefined) return problems(schema, value, published);
  return Array.isArray(value) ? value.flatMap((one) => problems(schema, one, item)) : [`${call} is not a list`];
}

function problems(schema: Schema, value: unknown, path: string): string[] {
  if (schema.anyOf) {
    const results = schema.anyOf.map((option) => problems(option, value, path));
    return results.some((found) => found.length === 0) ? [] : results.flat();
  }
  if (
    schema.type &&
    !schema.type.some((type) => type === typeOf(value) || (type === 'number' && typeof value === 'number'))
  )
    return [`${path} is ${typeOf(value)}, not ${schema.type.join('|')}`];
  if (schema.enum && !schema.enum.includes(value))
    return [`${path} is ${String(value)}, not one of ${schema.enum.join(', ')}`];
  if (typeof value === 'string') return textProblems(schema, value, path);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => problems(items, item, `${path}[${index}]`)) : [];
  }
  return typeof value === 'object' && value !== null ? objectProblems(schema, { ...value }, path) : [];
}

function textProblems(schema: Schema, value: string, path: string): string[] {
  const format = schema.format === undefined ? undefined : formats[schema.format];
  if (schema.format !== undefined && !format) return [`${path} has the unknown format ${schema.format}`];
  return [format, schema.pattern === undefined ? undefined : new RegExp(schema.pattern)]
    .filter((pattern) => pattern !== undefined)
    .filter((pattern) => !pattern.test(value))
    .map((pattern) => `${path} is ${value} and does not match ${pattern.source}`);
}

function objectProblems(schema: Schema, value: Readonly<Record<string, unknown>>, path: string): string[] {
  const { properties = {}, patternProperties = {} } = schema;
  const isClosed = schema.strictProperties === true || schema.additionalProperties === false;
  const found: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const byPattern = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
    const property = properties[key] ?? byPattern;
    if (property) found.push(...problems(property, item, `${path}.${key}`));
    else if (isClosed) found.push(`${path}.${key} is not in the schema`);
  }
  if (schema.strictProperties) {
    for (const key of Object.keys(properties)) if (!(key in value)) found.push(`${path}.${key} is missing`);
  }
  return found;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
