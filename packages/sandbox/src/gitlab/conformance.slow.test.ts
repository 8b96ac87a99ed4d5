import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRecord } from '../http/exchange.ts';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';

interface Field {
  /** `records` and `strings` are lists of objects and of texts. */
  readonly type: 'string' | 'boolean' | 'integer' | 'records' | 'strings';
  readonly enum?: readonly (string | number)[];
}

interface Operation {
  readonly returns: string;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Field>>;
}

/**
 * The operations in GitLab's OpenAPI that the sandbox has, with the fields of their bodies. `{}` is a project; the variable
 * EXISTING, the environment 1, the deployment 1, the protected branch `main` and the protected environment `production` exist.
 * @see https://docs.gitlab.com/api/openapi/openapi_interactive/
 */
const operations = JSON.parse(
  readFileSync(new URL('../testing/gitlab-requests.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Operation>>;

/** The fields of each response that clients rely on, and their types. */
const shapes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  variable: {
    ...{ variable_type: 'string', key: 'string', value: 'string|null', hidden: 'boolean', protected: 'boolean' },
    ...{ masked: 'boolean', raw: 'boolean', environment_scope: 'string', description: 'string|null' },
  },
  environment: {
    ...{ id: 'number', name: 'string', slug: 'string', external_url: 'string|null', created_at: 'string' },
    ...{ updated_at: 'string', tier: 'string', state: 'string', description: 'string|null' },
    auto_stop_setting: 'string',
  },
  deployment: {
    ...{ id: 'number', iid: 'number', ref: 'string', sha: 'string', created_at: 'string', updated_at: 'string' },
    ...{ status: 'string', user: 'object', environment: 'object', deployable: 'object|null' },
  },
  project: {
    ...{ id: 'number', name: 'string', path: 'string', path_with_namespace: 'string', web_url: 'string' },
    ...{ namespace: 'object', visibility: 'string', default_branch: 'string', description: 'string|null' },
  },
  branch: {
    ...{ id: 'number', name: 'string', push_access_levels: 'list', merge_access_levels: 'list' },
    ...{ unprotect_access_levels: 'list', allow_force_push: 'boolean', code_owner_approval_required: 'boolean' },
  },
  'protected environment': {
    ...{ name: 'string', deploy_access_levels: 'list', required_approval_count: 'number', approval_rules: 'list' },
  },
  lock: { ID: 'string', Operation: 'string', Who: 'string', Version: 'string', Created: 'string', Path: 'string' },
};

const wrongValues: readonly unknown[] = [
  ...[null, true, -1, 1.5, 2 ** 53, '', '\0', 'x'.repeat(20_000), [], {}, [[]], { id: {} }],
  ...['unknown', '\u{1f680}', '../..', ' ', 0, '1', 'null', [null], ['a', 'b']],
];

const validValues = {
  ...{ boolean: false, integer: 1, records: [{ access_level: 40 }], strings: ['one'], string: 'generated' },
};

const valid = ({ type, enum: choices }: Field, name: string): unknown =>
  name === 'sha' ? '0'.repeat(40) : (choices?.[0] ?? validValues[type]);

/** Returns bodies: all fields, the required ones, each of these missing, each field of a wrong type, every choice, and none. */
function bodiesOf({ required, properties }: Operation): unknown[] {
  const fields = Object.entries(properties);
  if (fields.length === 0) return [undefined];
  const whole = Object.fromEntries(fields.map(([name, field]) => [name, valid(field, name)]));
  const needed = Object.fromEntries(required.map((name) => [name, whole[name]]));
  const without = required.map((name) => Object.fromEntries(Object.entries(needed).filter(([key]) => key !== name)));
  const wrong = fields.flatMap(([name]) => wrongValues.map((value) => ({ ...needed, [name]: value })));
  const choices = fields.flatMap(([name, field]) => (field.enum ?? []).map((value) => ({ ...needed, [name]: value })));
  return [whole, needed, {}, [], 'text', undefined, ...without, ...wrong, ...choices];
}

/** Returns whether the OpenAPI refuses a body: a required field is missing, or a value isn't one of the choices or of its type. */
function isRefused({ required, properties }: Operation, body: unknown): boolean {
  const fields = isRecord(body) ? body : {};
  if (required.some((name) => fields[name] === undefined)) return true;
  return Object.entries(fields).some(([name, value]) => {
    const field = properties[name];
    if (field === undefined) return false;
    if (isRecord(value)) return true;
    if (value === 'unknown') return field.enum !== undefined || !['string', 'strings'].includes(field.type);
    return Array.isArray(value) && !['records', 'strings'].includes(field.type);
  });
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

function problemsOf(returns: string, status: number, body: unknown): string[] {
  if (status >= 500) return [`status ${status}`];
  if (status >= 400) {
    return isRecord(body) && ('message' in body || 'error' in body) ? [] : ['the error lacks message and error'];
  }
  const name = returns.replace(/[[\]]/g, '');
  if (returns !== name && !Array.isArray(body)) return ['not a list'];
  const items: unknown[] = Array.isArray(body) ? body : [body];
  return items.flatMap((item) =>
    Object.entries(shapes[name] ?? {}).flatMap(([field, types]) => {
      const type = typeOf(isRecord(item) ? item[field] : undefined);
      return types.split('|').includes(type) ? [] : [`${field} is ${type}`];
    }),
  );
}

test('every generated request of GitLab’s OpenAPI gets the documented shape, never a 500', async () => {
  await using sandbox = await startSandbox({
    services: ['gitlab'],
    seed: {
      projects: [
        {
          path: 'store/shop',
          variables: [{ key: 'EXISTING', value: 'value' }],
          deployments: [{ environment: 'production', sha: '0'.repeat(40), status: 'running' }],
        },
      ],
    },
  });
  const api = new GitlabApi(sandbox);
  const protectedEnvironment = { name: 'production', deploy_access_levels: [{ access_level: 40 }] };
  await api.request('POST', '/projects/store%2Fshop/protected_environments', { body: protectedEnvironment });
  const counts = { requests: 0, succeeded: 0, refused: 0 };
  const problems: string[] = [];
  for (const [operation, about] of Object.entries(operations)) {
    const [method = '', pattern = ''] = operation.split(' ');
    const path = pattern.replace('{}', 'store%2Fshop');
    for (const body of bodiesOf(about)) {
      const reply = await api.request(method, path, body === undefined ? {} : { body: JSON.stringify(body) });
      counts.requests++;
      // GitLab allows 2,000 requests a minute.
      await sandbox.time.advance({ seconds: 5 });
      if (reply.status < 300) counts.succeeded++;
      else counts.refused++;
      const found = problemsOf(about.returns, reply.status, reply.body);
      if (isRefused(about, body) && reply.status !== 400) found.push(`status ${reply.status}, not 400`);
      problems.push(...found.map((problem) => `${operation} ${JSON.stringify(body)?.slice(0, 100)}: ${problem}`));
      if (reply.status >= 300) continue;
      if (method === 'POST') await removeGenerated(api);
      if (operation.startsWith('PUT') && about.returns === 'variable')
        await api.request('PUT', '/projects/store%2Fshop/variables/EXISTING', { body: { environment_scope: '*' } });
    }
  }
  console.log(
    `${Object.keys(operations).length} operations: ${JSON.stringify(counts)}, 500s or wrong shapes: ${problems.length}`,
  );
  expect(problems).toEqual([]);
  expect(counts.succeeded).toBeGreaterThan(60);
}, 300_000);

/** Lets the same name be created again. */
async function removeGenerated(api: GitlabApi): Promise<void> {
  const project = '/projects/store%2Fshop';
  await api.request('DELETE', `${project}/terraform/state/default/lock`);
  const projects = (await api.request<{ id: number; path: string }[]>('GET', '/projects')).body;
  for (const { id } of projects.filter(({ path }) => path !== 'shop')) await api.request('DELETE', `/projects/${id}`);
  for (const [kind, kept] of [
    ['protected_branches', 'main'],
    ['protected_environments', 'production'],
  ] as const) {
    const list = (await api.request<{ name: string }[]>('GET', `${project}/${kind}`)).body;
    for (const { name } of list.filter((one) => one.name !== kept)) {
      await api.request('DELETE', `${project}/${kind}/${encodeURIComponent(name)}`);
    }
  }
  const variables = (await api.request<{ key: string; environment_scope: string }[]>('GET', `${project}/variables`))
    .body;
  for (const { key, environment_scope: scope } of variables.filter((one) => one.key !== 'EXISTING')) {
    await api.request('DELETE', `${project}/variables/${key}?filter[environment_scope]=${encodeURIComponent(scope)}`);
  }
  const environments = (await api.request<{ id: number }[]>('GET', `${project}/environments`)).body;
  for (const { id } of environments.filter((one) => one.id !== 1)) {
    await api.request('POST', `${project}/environments/${id}/stop`);
    await api.request('DELETE', `${project}/environments/${id}`);
  }
}
