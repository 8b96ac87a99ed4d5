import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { isRecord } from '../../http/exchange.ts';
import { publishedCallOf, schemaProblems } from '../../testing/schema-check.ts';

interface Schema {
  readonly type?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/**
 * Each call of Heroku's published schema with the schema of its body, or null.
 * @see https://github.com/heroku/platform-api/blob/4f4f592/schema.json (MIT License)
 */
const calls = JSON.parse(
  readFileSync(new URL('../../testing/heroku-requests.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Schema | null>>;

/** `npm run prove conformance` uses all. */
const allWrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  2 ** 53,
  '',
  '\0',
  'x'.repeat(5000),
  [],
  {},
  [[]],
  { id: {} },
];
const wrongValues = allWrongValues.slice(0, process.env['CONFORMANCE'] === 'all' ? undefined : 4);

/** Returns a value that the schema allows. */
function valid(schema: Schema): unknown {
  const [option] = schema.anyOf ?? [];
  if (option) return valid(option);
  if (schema.enum) return schema.enum[0];
  const [type] = schema.type ?? ['string'];
  if (type === 'object') {
    const fields = Object.entries(schema.properties ?? {});
    return Object.fromEntries(fields.map(([name, field]) => [name, valid(field)]));
  }
  if (type === 'array') return [valid(schema.items ?? {})];
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return 1;
  return schema.format === 'uuid' ? '01234567-89ab-4def-8123-456789abcdef' : 'generated';
}

/** Returns bodies: all fields, only the required ones, each of these missing, each field of a wrong type, and none. */
function bodiesOf(schema: Schema | null): unknown[] {
  if (!schema) return [undefined];
  const whole = valid(schema);
  if (!isRecord(whole)) return [whole, {}, [], null];
  const required = Object.fromEntries(Object.entries(whole).filter(([key]) => schema.required?.includes(key)));
  const without = Object.keys(required).map((key) =>
    Object.fromEntries(Object.entries(required).filter(([name]) => name !== key)),
  );
  const wrong = Object.keys(whole).flatMap((key) => wrongValues.map((value) => ({ ...required, [key]: value })));
  return [whole, required, {}, [], undefined, ...without, ...wrong];
}

test('every generated request of the published schema gets the documented shape, never a 500', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], requestsPerHour: 1_000_000 });
  const counts = { requests: 0, succeeded: 0, refused: 0, notImplemented: 0 };
  const problems: string[] = [];
  for (const [call, schema] of Object.entries(calls)) {
    const [method = '', pattern = ''] = call.split(' ');
    // What the sandbox lacks gets the same response with any body.
    const isServed = publishedCallOf(method, pattern) !== undefined;
    for (const body of isServed ? bodiesOf(schema) : bodiesOf(schema).slice(0, 2)) {
      if (sandbox.appUrl('shop') === undefined) await sandbox.createApp('shop');
      const path = pattern.replace('/apps/{}', '/apps/shop').replaceAll('{}', 'generated');
      const response = await fetch(`${sandbox.urls.heroku}${path}`, {
        method,
        headers: { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${sandbox.apiKey}` },
        ...(body === undefined || method === 'GET' ? {} : { body: JSON.stringify(body) }),
      });
      const value: unknown = await response.json();
      counts.requests++;
      const found = problemsOf(method, path, response.status, value);
      problems.push(...found.map((problem) => `${method} ${path} ${JSON.stringify(body)}: ${problem}`));
      if (response.ok) counts.succeeded++;
      else if (response.status === 501) counts.notImplemented++;
      else counts.refused++;
    }
  }
  console.log(
    `${Object.keys(calls).length} calls: ${JSON.stringify(counts)}, 500s or wrong shapes: ${problems.length}`,
  );
  expect(problems).toEqual([]);
  expect(counts.requests).toBeGreaterThan(500);
}, 600_000);

/** What the schema gets wrong about a sandbox, or about Heroku: see HerokuApi. */
const accepted = /\.web_url is http:|domain\.hostname is /;

function problemsOf(method: string, path: string, status: number, value: unknown): string[] {
  if (status < 300) {
    const call = publishedCallOf(method, path);
    return call === undefined ? ['not published'] : schemaProblems(call, value).filter((text) => !accepted.test(text));
  }
  if (status >= 500 && status !== 501) return [`status ${status}`];
  const isError = isRecord(value) && typeof value['id'] === 'string' && typeof value['message'] === 'string';
  return isError ? [] : ['the error lacks its id or message'];
}
